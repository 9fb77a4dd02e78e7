using System.Collections.Immutable;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>idps.ALIAS</c> and <c>groups.ALIAS</c>.</summary>
internal sealed class IdpParser(CatalogEntryParser entry)
{
    private static readonly ImmutableArray<(string, IdpKind)> Kinds =
        [("oidc", IdpKind.Oidc), ("entra", IdpKind.Entra), ("okta", IdpKind.Okta), ("google", IdpKind.Google), ("ping", IdpKind.Ping)];

    private static readonly ImmutableArray<string> Algorithms = [.. JwsAlgorithm.All.Select(algorithm => algorithm.Name)];

    private readonly YamlValues _values = entry.Values;
    private readonly UniqueNames _issuers = new(entry.Problems, PolicyDiagnosticCode.IssuerDuplicate);
    private readonly UniqueNames _domains = new(entry.Problems, PolicyDiagnosticCode.DomainDuplicate);
    private readonly UniqueNames _groupIds = new(entry.Problems, PolicyDiagnosticCode.GroupDuplicate);

    public CatalogIdp? Parse(string alias, YamlFields fields)
    {
        var issuer = entry.Issuer(fields);
        if (issuer is not null) _issuers.Claim(issuer.LookupKey, issuer.Value, alias, fields.Optional("issuer")!.At);
        var kind = _values.Word(fields.Optional("kind"), "kind", Kinds) ?? IdpKind.Oidc;
        if (kind is not IdpKind.Entra) fields.Refuse("tenants", "is for kind: entra");
        var idp = new CatalogIdp
        {
            Alias = alias,
            Issuer = issuer!,
            Kind = kind,
            GroupsClaim = fields.Optional("groupsClaim") is { } groups ? _values.Text(groups, "groupsClaim") : null,
            SubjectClaim = fields.Optional("subjectClaim") is { } subject ? _values.Text(subject, "subjectClaim") ?? "sub" : "sub",
            Tenants = [.. Tenants(fields)],
            JwksUri = JwksUri(fields.Optional("jwksUri")),
            EmailDomains = [.. Domains(alias, fields.Optional("emailDomains"))],
        };
        if (SignatureAlgorithms(fields.Optional("algorithms")) is { } algorithms) idp = idp with { Algorithms = algorithms };
        var age = _values.Duration(fields.Optional("maxSignInAge"), "maxSignInAge", TimeSpan.FromMinutes(1), CatalogIdp.MaxSignInAgeLimit);
        if (age is { } stated) idp = idp with { MaxSignInAge = stated };
        return issuer is null ? null : idp;
    }

    public CatalogGroup? ParseGroup(string alias, YamlFields fields)
    {
        var idp = entry.Known(fields.Required("idp"), "an identity provider", entry.Names.Idps, PolicyDiagnosticCode.IdpUnknown);
        var node = fields.Required("id");
        var id = node is null ? null : _values.Text(node, "id");
        if (idp is null || id is null) return null;
        _groupIds.Claim($"{idp}|{id}", id, alias, node!.At);
        return new CatalogGroup(alias, idp, id);
    }

    private IEnumerable<Guid> Tenants(YamlFields fields)
    {
        foreach (var (text, at) in _values.Texts(fields.Optional("tenants"), "tenants"))
        {
            if (Guid.TryParseExact(text, "D", out var tenant) && tenant != Guid.Empty) yield return tenant;
            else entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                $"{PolicyDiagnostics.Quote(text)} is not a tenant id (a GUID with dashes)");
        }
    }

    private Uri? JwksUri(YamlNode? node)
    {
        if (node is null || _values.Text(node, "jwksUri") is not { } text) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.UserInfo.Length is 0 && uri.Host.Length > 0 && !text.Contains('#')
            && (uri.Scheme == Uri.UriSchemeHttps || (entry.AllowLoopbackHttp && uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))) return uri;
        entry.Problems.Error(node.At, PolicyDiagnosticCode.UriInvalid, $"{PolicyDiagnostics.Quote(text)} is not an https URL");
        return null;
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
            // Lower case only: what is compared later is lowered once, and a second spelling here would never match.
            if (Uri.CheckHostName(text) is UriHostNameType.Dns && text.Contains('.')
                && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-'))
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
