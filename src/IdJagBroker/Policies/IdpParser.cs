using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>idps.ALIAS</c> and <c>groups.ALIAS</c>.</summary>
internal sealed class IdpParser(CatalogEntryParser entry)
{
    /// <summary>The most claims of one provider that rules may ask for.</summary>
    public const int MaxPolicyClaims = 32;

    /// <summary>The words of <c>kind</c>.</summary>
    public static readonly ImmutableArray<(string, IdpKind)> Kinds =
        [("oidc", IdpKind.Oidc), ("entra", IdpKind.Entra), ("okta", IdpKind.Okta), ("google", IdpKind.Google), ("ping", IdpKind.Ping)];

    /// <summary>The words of <c>algorithms</c>.</summary>
    public static readonly ImmutableArray<string> Algorithms = [.. JwsAlgorithm.All.Select(algorithm => algorithm.Name)];

    private readonly YamlValues _values = entry.Values;
    private readonly IdpKindParser _kinds = new(entry);
    private readonly UpstreamSignInParser _signIns = new(entry);
    private readonly UniqueNames _issuers = new(entry.Problems, PolicyDiagnosticCode.IssuerDuplicate);
    private readonly UniqueNames _domains = new(entry.Problems, PolicyDiagnosticCode.DomainDuplicate);
    private readonly UniqueNames _groupIds = new(entry.Problems, PolicyDiagnosticCode.GroupDuplicate);

    public CatalogIdp? Parse(string alias, YamlFields fields)
    {
        var issuer = entry.Issuer(fields);
        var kind = _values.Word(fields.Optional("kind"), "kind", Kinds) ?? IdpKind.Oidc;
        var idp = new CatalogIdp
        {
            Alias = alias,
            Issuer = issuer!,
            Kind = kind,
            GroupsClaim = fields.Optional("groupsClaim") is { } groups ? _values.Text(groups, "groupsClaim") : null,
            SubjectClaim = fields.Optional("subjectClaim") is { } subject ? _values.Text(subject, "subjectClaim") ?? "sub" : "sub",
            JwksUri = entry.HttpsUrl(fields.Optional("jwksUri"), "jwksUri"),
            EmailDomains = [.. Domains(alias, fields.Optional("emailDomains"))],
            PolicyClaims = [.. PolicyClaims(fields.Optional("policyClaims"))],
            PrivateNetwork = fields.Optional("privateNetwork") is { } network && _values.Flag(network, "privateNetwork", false),
            SignIn = _signIns.Parse(alias, fields.Optional("signIn")),
        };
        idp = _kinds.Parse(idp, fields);
        if (SignatureAlgorithms(fields.Optional("algorithms")) is { } algorithms) idp = idp with { Algorithms = algorithms };
        var age = _values.Duration(fields.Optional("maxSignInAge"), "maxSignInAge", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit);
        if (age is { } stated) idp = idp with { MaxSignInAge = stated };
        if (issuer is null) return null;
        foreach (var accepted in IdpIssuers.Of(idp))
            _issuers.Claim(Issuer.LookupKeyOf(accepted.Value) ?? accepted.Value, accepted.Value, alias, fields.Optional("issuer")!.At);
        return idp;
    }

    // What a rule asks for must be read from each token, and replayed from the log years later: so it is said beforehand which.
    private IEnumerable<string> PolicyClaims(YamlNode? node)
    {
        foreach (var (claim, at) in _values.Texts(node, "policyClaims", MaxPolicyClaims))
        {
            SubjectClaimName.Check(claim, at, entry.Problems);
            entry.Names.PolicyClaims.Add(claim);
            yield return claim;
        }
    }

    public CatalogGroup? ParseGroup(string alias, YamlFields fields)
    {
        var idp = entry.Known(fields.Required("idp"), "an identity provider", entry.Names.Idps, PolicyDiagnosticCode.IdpUnknown);
        var node = fields.Required("id");
        var id = node is null ? null : _values.Text(node, "id");
        if (idp is null || id is null) return null;
        _groupIds.Claim($"{idp}|{id}", id, alias, node!.At);
        entry.Names.IdpOf[alias] = idp;
        return new CatalogGroup(alias, idp, id);
    }

    private ImmutableArray<JwsAlgorithm>? SignatureAlgorithms(YamlNode? node)
    {
        if (node is null) return null;
        var algorithms = ImmutableArray.CreateBuilder<JwsAlgorithm>();
        foreach (var (text, at) in _values.Texts(node, "algorithms"))
        {
            if (JwsAlgorithm.Find(text) is { } algorithm) algorithms.Add(algorithm);
            else entry.Problems.Unknown(at, PolicyDiagnosticCode.WordUnknown, text, "is not a signature algorithm that is accepted", Algorithms);
        }
        return algorithms.DrainToImmutable();
    }

    private IEnumerable<string> Domains(string alias, YamlNode? node)
    {
        foreach (var (text, at) in _values.Texts(node, "emailDomains"))
        {
            if (MailDomain.IsOne(text))
            {
                if (_domains.Claim(text, alias, at)) yield return text;
            }
            else
            {
                entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(text)} is not a domain in lower case");
            }
        }
    }
}
