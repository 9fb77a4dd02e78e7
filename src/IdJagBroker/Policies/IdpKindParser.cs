using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads those fields of <c>idps.ALIAS</c> that belong to one kind of provider, and refuses them at the others.</summary>
internal sealed class IdpKindParser(CatalogEntryParser entry)
{
    /// <summary>The words of <c>groupDirectory.kind</c>.</summary>
    public static readonly ImmutableArray<(string, GroupDirectoryKind)> DirectoryKinds =
        [("graph", GroupDirectoryKind.Graph), ("okta", GroupDirectoryKind.Okta)];

    private readonly YamlValues _values = entry.Values;

    /// <summary>The provider with the fields of its kind; what is wrong is reported and left out.</summary>
    public CatalogIdp Parse(CatalogIdp idp, YamlFields fields)
    {
        idp = idp.Kind is IdpKind.Entra ? Entra(idp, fields) : NotEntra(idp, fields);
        idp = idp.Kind is IdpKind.Google ? Google(idp, fields) : NotGoogle(idp, fields);
        return fields.Optional("groupDirectory") is { } directory ? idp with { GroupDirectory = Directory(idp, directory) } : idp;
    }

    private CatalogIdp Entra(CatalogIdp idp, YamlFields fields)
    {
        idp = idp with
        {
            Tenants = [.. Tenants(fields)],
            EntraV1 = fields.Optional("entraV1") is { } v1 && _values.Flag(v1, "entraV1", false),
        };
        if (idp.Issuer is null) return idp;
        var tenant = IdpIssuers.TenantOf(idp.Issuer.Url);
        if (!fields.Has("tenants") && (tenant is null || tenant == IdpIssuers.PersonalTenant))
            entry.Problems.Error(fields.At, PolicyDiagnosticCode.FieldMissing, "'tenants' is missing: the issuer names no enterprise's tenant");
        if (tenant is { } named && idp.Tenants.Length > 0 && !idp.Tenants.Contains(named))
            entry.Problems.Error(fields.KeyAt("tenants"), PolicyDiagnosticCode.ValueInvalid, "the issuer's own tenant is not among the tenants");
        if (idp.Issuer.Url.AbsolutePath.Split('/') is [_, "common" or "organizations" or "consumers", ..])
            entry.Problems.Error(fields.Optional("issuer")!.At, PolicyDiagnosticCode.IssuerInvalid, "no token has this issuer; write {tenantid} and list the tenants");
        if (idp.EntraV1 && tenant is null && !idp.IsTemplate)
            entry.Problems.Error(fields.KeyAt("entraV1"), PolicyDiagnosticCode.FieldNotApplicable, "'entraV1' needs an issuer that names its tenant");
        // Another tenant's administrator writes what he likes into his people's addresses (nOAuth).
        if (idp.Tenants.Length > 1) fields.Refuse("emailDomains", "is for a provider with one tenant");
        return idp;
    }

    private CatalogIdp NotEntra(CatalogIdp idp, YamlFields fields)
    {
        fields.Refuse("tenants", "is for kind: entra");
        fields.Refuse("entraV1", "is for kind: entra");
        if (idp.Issuer is not null && idp.Issuer.Value.Contains('{', StringComparison.Ordinal))
            entry.Problems.Error(fields.Optional("issuer")!.At, PolicyDiagnosticCode.IssuerInvalid, "a templated issuer is for kind: entra");
        return idp;
    }

    private CatalogIdp Google(CatalogIdp idp, YamlFields fields)
    {
        var domains = ImmutableArray.CreateBuilder<string>();
        foreach (var (text, at) in _values.Texts(fields.Required("hostedDomains"), "hostedDomains"))
        {
            if (MailDomain.IsOne(text)) domains.Add(text);
            else entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(text)} is not a domain in lower case");
        }
        return idp with { HostedDomains = domains.DrainToImmutable() };
    }

    private static CatalogIdp NotGoogle(CatalogIdp idp, YamlFields fields)
    {
        fields.Refuse("hostedDomains", "is for kind: google");
        return idp;
    }

    private CatalogGroupDirectory? Directory(CatalogIdp idp, YamlNode node)
    {
        if (_values.Fields(node, "groupDirectory") is not { } fields) return null;
        var kind = _values.Word(fields.Required("kind"), "kind", DirectoryKinds);
        var baseUrl = BaseUrl(fields.Optional("baseUrl"), kind, idp.Issuer);
        var isGraph = IsGraph(kind, fields);
        var clientId = isGraph && fields.Required("clientId") is { } id ? _values.Text(id, "clientId") : null;
        var securityOnly = isGraph && fields.Optional("securityEnabledOnly") is { } flag && _values.Flag(flag, "securityEnabledOnly", false);
        fields.End();
        if (kind is { } known && idp.Kind != (known is GroupDirectoryKind.Graph ? IdpKind.Entra : IdpKind.Okta))
            entry.Problems.Error(node.At, PolicyDiagnosticCode.FieldNotApplicable,
                known is GroupDirectoryKind.Graph ? "a directory of kind graph is for kind: entra" : "a directory of kind okta is for kind: okta");
        return kind is { } spoken && baseUrl is not null
            ? new CatalogGroupDirectory { Kind = spoken, BaseUrl = baseUrl, ClientId = clientId, SecurityEnabledOnly = securityOnly }
            : null;
    }

    private static bool IsGraph(GroupDirectoryKind? kind, YamlFields fields)
    {
        if (kind is GroupDirectoryKind.Graph) return true;
        fields.Refuse("clientId", "is for a directory of kind graph");
        fields.Refuse("securityEnabledOnly", "is for a directory of kind graph");
        return false;
    }

    private Uri? BaseUrl(YamlNode? node, GroupDirectoryKind? kind, Issuer? issuer)
    {
        if (node is null)
            return kind is GroupDirectoryKind.Okta ? issuer is null ? null : new Uri(issuer.Url, "/") : new Uri("https://graph.microsoft.com/");
        if (_values.Text(node, "baseUrl") is not { } text) return null;
        if (entry.HttpsUrl(text) is { AbsolutePath: "/", Query: "" } url) return url;
        entry.Problems.Error(node.At, PolicyDiagnosticCode.UriInvalid, $"{PolicyDiagnostics.Quote(text)} is not an https URL of a host alone");
        return null;
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
}

/// <summary>A domain of mail addresses, as it is written in the catalogue.</summary>
internal static class MailDomain
{
    // Lower case only: what is compared later is lowered once, and a second spelling here would never match.
    public static bool IsOne(string text) => Uri.CheckHostName(text) is UriHostNameType.Dns && text.Contains('.', StringComparison.Ordinal)
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-');
}
