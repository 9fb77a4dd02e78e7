using System.Collections.Immutable;
using System.Net;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Rules;

/// <summary>Reads <c>require</c> of an allow rule and <c>unless</c> of a deny rule, which ask alike.</summary>
internal sealed class RequirementParser(PolicyDiagnostics problems, YamlValues values, SetConditionParser sets, CatalogNames? names)
{
    /// <summary>The most networks of one list.</summary>
    public const int MaxNetworks = 256;

    /// <summary>The most values of <c>amrAnyOf</c>, and of <c>amrAllOf</c>.</summary>
    public const int MaxMethods = 32;

    /// <param name="node">The value.</param>
    /// <param name="field"><c>require</c> or <c>unless</c>.</param>
    public PolicyRequirement? Parse(YamlNode? node, string field)
    {
        if (node is null || values.Fields(node, field) is not { } fields) return null;
        var requirement = SignIn(fields.Optional("auth"), new PolicyRequirement
        {
            ClientAuth = values.Word(fields.Optional("clientAuth"), "clientAuth", CredentialsParser.Proofs),
            Dpop = OnlyTrue(fields.Optional("dpop"), "dpop"),
            Resource = OnlyTrue(fields.Optional("resource"), "resource"),
            Device = sets.ByClaim(fields.Optional("device"), "device", names?.PolicyClaims),
        });
        if (fields.Optional("network") is { } network) requirement = Network(network, requirement);
        if (node is YamlMap { Entries.Count: 0 }) problems.Error(node.At, PolicyDiagnosticCode.ListEmpty, $"'{field}' is empty; leave it out or fill it");
        fields.End();
        return requirement;
    }

    private PolicyRequirement SignIn(YamlNode? node, PolicyRequirement requirement)
    {
        if (node is null || values.Fields(node, "auth") is not { } fields) return requirement;
        requirement = requirement with
        {
            AcrAnyOf = [.. Contexts(fields.Optional("acrAnyOf"))],
            AmrAnyOf = [.. values.Texts(fields.Optional("amrAnyOf"), "amrAnyOf", MaxMethods).Select(amr => amr.Value)],
            AmrAllOf = [.. values.Texts(fields.Optional("amrAllOf"), "amrAllOf", MaxMethods).Select(amr => amr.Value)],
            MaxAge = values.Duration(fields.Optional("maxAge"), "maxAge", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit),
        };
        if (!fields.Has("acrAnyOf") && !fields.Has("amrAnyOf") && !fields.Has("amrAllOf") && !fields.Has("maxAge"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'auth' needs acrAnyOf, amrAnyOf, amrAllOf or maxAge");
        fields.End();
        return requirement;
    }

    private IEnumerable<string> Contexts(YamlNode? node)
    {
        foreach (var (acr, at) in values.Texts(node, "acrAnyOf", SignInNeedsParser.MaxAcrValues))
        {
            if (SignInNeedsParser.IsAcr(acr)) yield return acr;
            else problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(acr)} {SignInNeedsParser.NoAcr}");
        }
    }

    private PolicyRequirement Network(YamlNode node, PolicyRequirement requirement)
    {
        if (values.Fields(node, "network") is not { } fields) return requirement;
        requirement = requirement with { CidrAnyOf = [.. Networks(fields.Optional("cidrAnyOf"), "cidrAnyOf")], CidrNoneOf = [.. Networks(fields.Optional("cidrNoneOf"), "cidrNoneOf")] };
        if (!fields.Has("cidrAnyOf") && !fields.Has("cidrNoneOf"))
            problems.Error(node.At, PolicyDiagnosticCode.FieldMissing, "'network' needs cidrAnyOf or cidrNoneOf");
        fields.End();
        return requirement;
    }

    private IEnumerable<IPNetwork> Networks(YamlNode? node, string list)
    {
        foreach (var (text, at) in values.Texts(node, list, MaxNetworks))
        {
            // 10.0.0.1/8 is refused too: whoever wrote it meant one of two things.
            if (IPNetwork.TryParse(text, out var network) && IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/')), out var start) && start.Equals(network.BaseAddress)) yield return network;
            else problems.Error(at, PolicyDiagnosticCode.NetworkInvalid, $"{PolicyDiagnostics.Quote(text)} is not a network, such as 203.0.113.0/24 or 2001:db8::/32, without bits behind the prefix");
        }
    }

    private bool OnlyTrue(YamlNode? node, string field)
    {
        if (node is null) return false;
        if (!values.Flag(node, field, true)) problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"'{field}' can only be true; leave it out otherwise");
        return true;
    }
}
