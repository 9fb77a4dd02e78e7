using System.Buffers.Text;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>clients.ALIAS</c>.</summary>
internal sealed class ClientParser(CatalogEntryParser entry)
{
    private const string HashPrefix = "hmac-sha256:";

    private static readonly ImmutableArray<(string, ClientAuth)> Methods =
        [("private_key_jwt", ClientAuth.PrivateKeyJwt), ("client_secret", ClientAuth.ClientSecret)];

    private static readonly ImmutableArray<(string, DpopUse)> DpopUses =
        [("none", DpopUse.None), ("optional", DpopUse.Optional), ("required", DpopUse.Required)];

    private static readonly ImmutableArray<(string, ClientTrust)> Trusts = [("vendor", ClientTrust.Vendor), ("internal", ClientTrust.Internal)];

    private static readonly ImmutableArray<(string, ClientRegistration)> Registrations =
        [("catalogue", ClientRegistration.Catalogue), ("database", ClientRegistration.Database), ("metadata_document", ClientRegistration.MetadataDocument)];

    private readonly YamlValues _values = entry.Values;
    private readonly UniqueNames _clientIds = new(entry.Problems, PolicyDiagnosticCode.ClientIdDuplicate);
    private readonly ClientSourceParser _sources = new(entry);
    private readonly Dictionary<(string Idp, string Audience), string> _audiences = [];

    public CatalogClient? Parse(string alias, YamlFields fields)
    {
        var registration = _values.Word(fields.Optional("registration"), "registration", Registrations) ?? ClientRegistration.Catalogue;
        var (inRegistry, inCatalogue) = (registration is ClientRegistration.Database, registration is ClientRegistration.Catalogue);
        ClientSourceParser.RefuseForeignFields(registration, fields);
        var ids = inCatalogue ? ClientIds(alias, fields.Required("clientIds")) : [];
        var auth = Auth(fields.Required("auth"));
        if (auth is ClientAuth.PrivateKeyJwt) fields.Refuse("secretHashes", "is for auth: client_secret");
        if (auth is ClientAuth.ClientSecret) ClientSourceParser.RefuseKeyFields(registration, fields);
        var client = _sources.Parse(alias, registration, auth, fields, _clientIds, new CatalogClient
        {
            Alias = alias,
            InRegistry = inRegistry,
            ClientIds = ids,
            Auth = auth ?? ClientAuth.PrivateKeyJwt,
            Dpop = _values.Word(fields.Optional("dpop"), "dpop", DpopUses) ?? DpopUse.None,
            Trust = _values.Word(fields.Optional("trust"), "trust", Trusts) ?? ClientTrust.Vendor,
            SubjectTokenAudiences = SubjectTokenAudiences(alias, fields.Optional("subjectTokenAudiences")),
            SecretHashes = inCatalogue && auth is not ClientAuth.PrivateKeyJwt ? SecretHashes(fields.Optional("secretHashes")) : [],
            Keys = inCatalogue && auth is not ClientAuth.ClientSecret ? new ClientKeysParser(entry).Parse(fields.Optional("jwks")) : null,
            Enabled = _values.Flag(fields.Optional("enabled"), "enabled", true),
        });
        return auth is null || (ids.IsEmpty && inCatalogue) ? null : client;
    }

    private ClientAuth? Auth(YamlNode? node)
    {
        if (node is not YamlScalar { Value: "none" }) return _values.Word(node, "auth", Methods);
        entry.Problems.Error(node.At, PolicyDiagnosticCode.PublicClient, "public clients are not enabled");   // C-18
        return null;
    }

    private ImmutableArray<string> ClientIds(string alias, YamlNode? node)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var (id, at) in _values.Texts(node, "clientIds"))
        {
            if (id.Any(c => c is < ' ' or > '~'))   // RFC 6749 appendix A.1: VSCHAR
                entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                    $"{PolicyDiagnostics.Quote(id)} is not a client id: printable ASCII only");
            else if (_clientIds.Claim(id, alias, at)) ids.Add(id);
        }
        return ids.DrainToImmutable();
    }

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

    private ImmutableArray<string> SecretHashes(YamlNode? node)
    {
        var hashes = ImmutableArray.CreateBuilder<string>();
        foreach (var (hash, at) in _values.Texts(node, "secretHashes", max: 2))
        {
            if (IsSecretHash(hash)) hashes.Add(hash);
            else   // The value is not repeated: it may be the secret itself, put here by mistake.
                entry.Problems.ErrorWithoutSource(at, PolicyDiagnosticCode.SecretHashInvalid,
                    $"a secret hash is {HashPrefix} and 43 base64url characters");
        }
        return hashes.DrainToImmutable();
    }

    private static bool IsSecretHash(string text)
    {
        if (!text.StartsWith(HashPrefix, StringComparison.Ordinal) || text.Length != HashPrefix.Length + 43) return false;
        var encoded = Encoding.UTF8.GetBytes(text[HashPrefix.Length..]);
        return Base64Url.IsValid(encoded, out var length) && length is 32
            && Base64Url.EncodeToUtf8(Base64Url.DecodeFromUtf8(encoded)).AsSpan().SequenceEqual(encoded);   // canonical: no stray bits, no padding
    }
}
