using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Testing;

/// <summary>Reads <c>ask</c>.</summary>
internal sealed class TestAskParser(PolicyDiagnostics problems, YamlValues values, CatalogNames? names, TestSubjectParser people)
{
    public TestAsk? Parse(YamlNode? node)
    {
        if (node is null || values.Fields(node, "ask") is not { } fields) return null;
        var subject = people.Find(fields.Required("subject"));
        var client = Client(fields.Required("client"));
        var resources = Resources(fields.Required("resource"));
        var scope = Scopes(fields.Required("scopes"), resources);
        var ask = subject is null || client is null || resources.IsEmpty || scope.IsEmpty ? null
            : new TestAsk { Subject = subject, Client = client, Resources = resources, Scope = scope };
        var (network, dpop) = (Address(fields.Optional("ip")), values.Flag(fields.Optional("dpop"), "dpop", false));
        var named = values.Flag(fields.Optional("resourceNamed"), "resourceNamed", true);
        fields.End();
        return ask is null ? null : ask with { Network = network, Dpop = dpop, ResourceNamed = named };
    }

    private string? Client(YamlNode? node)
    {
        if (node is null || values.Text(node, "client") is not { } alias) return null;
        if (names is null || names.Clients.Contains(alias)) return alias;
        problems.Unknown(node.At, PolicyDiagnosticCode.ClientUnknown, alias, "is not a client of the catalogue", names.Clients);
        return null;
    }

    private ImmutableArray<string> Resources(YamlNode? node)
    {
        var known = ImmutableArray.CreateBuilder<string>();
        IEnumerable<Placed<string>> written = node switch
        {
            null => [],
            YamlScalar => values.Text(node, "resource") is { } text ? [new(text, node.At)] : [],
            _ => values.Texts(node, "resource", PolicyInput.MaxResources),
        };
        foreach (var (alias, at) in written)
        {
            if (names is null || names.Resources.Contains(alias)) known.Add(alias);
            else problems.Unknown(at, PolicyDiagnosticCode.ResourceUnknown, alias, "is not a resource of the catalogue", names.Resources);
        }
        return known.DrainToImmutable();
    }

    private ScopeSet Scopes(YamlNode? node, ImmutableArray<string> resources)
    {
        var known = resources.Select(alias => names?.Scopes.GetValueOrDefault(alias)).ToList();
        var scopes = new List<string>();
        foreach (var (scope, at) in values.Texts(node, "scopes", ScopeSet.MaxScopes))
        {
            if (known.Count > 0 && !known.Contains(null) && !known.Exists(its => its!.Contains(scope)))
                problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, scope, $"is not a scope of {string.Join(" or ", resources)}", known.SelectMany(its => its!.Scopes));
            else if (ScopeSet.IsScope(scope)) scopes.Add(scope);
            else problems.Error(at, PolicyDiagnosticCode.ScopeInvalid, $"{PolicyDiagnostics.Quote(scope)} is not a scope");
        }
        return ScopeSet.Of(scopes);
    }

    private IPNetwork? Address(YamlNode? node)
    {
        if (node is null || values.Text(node, "ip") is not { } text) return null;
        // 10.1 and 0x7f.1 are addresses to the platform, and not to anybody who reads the file.
        if (IPAddress.TryParse(text, out var address) && (address.AddressFamily is AddressFamily.InterNetworkV6 ? address.ScopeId is 0 && !address.IsIPv4MappedToIPv6 : address.ToString() == text))
            return new IPNetwork(address, address.AddressFamily is AddressFamily.InterNetworkV6 ? 128 : 32);
        problems.Error(node.At, PolicyDiagnosticCode.NetworkInvalid, $"{PolicyDiagnostics.Quote(text)} is not an address, such as 203.0.113.7 or 2001:db8::7");
        return null;
    }
}
