using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>clients.ALIAS</c>.</summary>
internal sealed class ClientParser(CatalogEntryParser entry, CredentialsParser credentials)
{
    /// <summary>The words of <c>dpop</c>.</summary>
    public static readonly ImmutableArray<(string, DpopUse)> DpopUses =
        [("none", DpopUse.None), ("optional", DpopUse.Optional), ("required", DpopUse.Required)];

    /// <summary>The words of <c>trust</c>.</summary>
    public static readonly ImmutableArray<(string, ClientTrust)> Trusts = [("vendor", ClientTrust.Vendor), ("internal", ClientTrust.Internal)];

    /// <summary>The words of <c>registration</c>.</summary>
    public static readonly ImmutableArray<(string, ClientRegistration)> Registrations =
        [("catalogue", ClientRegistration.Catalogue), ("database", ClientRegistration.Database), ("metadata_document", ClientRegistration.MetadataDocument)];

    private readonly YamlValues _values = entry.Values;
    private readonly ClientSourceParser _sources = new(entry);
    private readonly ClientSignInParser _signIns = new(entry);
    private readonly Dictionary<(string Idp, string Audience), string> _audiences = [];

    public CatalogClient? Parse(string alias, YamlFields fields)
    {
        var registration = _values.Word(fields.Optional("registration"), "registration", Registrations) ?? ClientRegistration.Catalogue;
        var (inRegistry, inCatalogue) = (registration is ClientRegistration.Database, registration is ClientRegistration.Catalogue);
        ClientSourceParser.RefuseForeignFields(registration, fields);
        var ids = inCatalogue ? credentials.ClientIds(alias, fields.Required("clientIds")) : [];
        var auth = credentials.Auth(fields.Required("auth"), WhyNotPublic(registration, fields));
        if (auth is ClientAuth.PrivateKeyJwt) fields.Refuse("secretHashes", "is for auth: client_secret");
        if (auth is ClientAuth.ClientSecret) ClientSourceParser.RefuseKeyFields(registration, fields);
        if (auth is ClientAuth.None) ClientSourceParser.RefuseCredentialFields(registration, fields);
        var client = _sources.Parse(alias, registration, auth, fields, credentials.Ids, new CatalogClient
        {
            Alias = alias,
            InRegistry = inRegistry,
            ClientIds = ids,
            Auth = auth ?? ClientAuth.PrivateKeyJwt,
            Dpop = _values.Word(fields.Optional("dpop"), "dpop", DpopUses) ?? DpopUse.None,
            Trust = _values.Word(fields.Optional("trust"), "trust", Trusts) ?? ClientTrust.Vendor,
            SubjectTokenAudiences = auth is ClientAuth.None ? FrozenDictionary<string, FrozenSet<string>>.Empty : SubjectTokenAudiences(alias, fields.Optional("subjectTokenAudiences")),
            SignIn = _signIns.Parse(alias, registration, fields),
            SecretHashes = inCatalogue && auth is not (ClientAuth.PrivateKeyJwt or ClientAuth.None) ? credentials.SecretHashes(fields.Optional("secretHashes")) : [],
            Keys = inCatalogue && auth is not (ClientAuth.ClientSecret or ClientAuth.None) ? credentials.Keys(fields.Optional("jwks")) : null,
            Enabled = _values.Flag(fields.Optional("enabled"), "enabled", true),
        });
        return auth is null || (ids.IsEmpty && inCatalogue) ? null : client;
    }

    // C-18: whoever finds an ID Token could bring it in a public client's name. Those that we gave are bound to more than a name.
    private static string? WhyNotPublic(ClientRegistration registration, YamlFields fields) =>
        registration is ClientRegistration.Database ? "a public client has nothing that the client registry keeps: register it here, or by its document"
        : fields.Has("signIn") ? null
        : "a public client proves nothing, so people must sign in through it at this issuer: give it 'signIn'";

    private FrozenDictionary<string, FrozenSet<string>> SubjectTokenAudiences(string alias, YamlNode? node)
    {
        var byIdp = new Dictionary<string, FrozenSet<string>>(StringComparer.Ordinal);
        foreach (var (key, value) in _values.Entries(node, "subjectTokenAudiences").Select(e => (e.Key, e.Value)))
        {
            if (!entry.IsKnown(key.Value, key.At, "an identity provider", entry.Names.Idps, PolicyDiagnosticCode.IdpUnknown)) continue;
            var audiences = _values.Texts(value, "subjectTokenAudiences");
            foreach (var (audience, at) in audiences)
            {
                // Two clients with one upstream registration can present each other's ID Tokens: IDP-31 then no longer tells them apart.
                if (!_audiences.TryAdd((key.Value, audience), alias))
                    entry.Problems.Warning(at, PolicyDiagnosticCode.AudienceShared,
                        $"{PolicyDiagnostics.Quote(audience)} is also accepted from {_audiences[(key.Value, audience)]}: "
                        + "each can present the other's ID Tokens");
            }
            byIdp[key.Value] = audiences.Select(audience => audience.Value).ToFrozenSet(StringComparer.Ordinal);
        }
        return byIdp.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
