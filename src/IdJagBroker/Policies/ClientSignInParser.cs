using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>clients.ALIAS.signIn</c>.</summary>
internal sealed class ClientSignInParser(CatalogEntryParser entry)
{
    /// <summary>The most of <c>redirectUris</c>, and of <c>postLogoutRedirectUris</c>.</summary>
    public const int MaxRedirectUris = 32;

    private readonly YamlValues _values = entry.Values;
    private bool _saidThatNobodyHasIt;

    /// <summary>Null: not written, or refused.</summary>
    public ClientSignIn? Parse(string alias, ClientRegistration registration, YamlFields client)
    {
        var node = client.Optional("signIn");
        if (node is null || _values.Fields(node, "signIn") is not { } fields) return null;
        var isInDocument = registration is ClientRegistration.MetadataDocument;
        if (isInDocument)
        {
            const string why = "is in the client's document when registration is metadata_document";
            fields.Refuse("redirectUris", why);
            fields.Refuse("postLogoutRedirectUris", why);
        }
        var signIn = new ClientSignIn
        {
            RedirectUris = isInDocument ? [] : [.. RedirectUris(fields.Required("redirectUris"), "redirectUris")],
            PostLogoutRedirectUris = isInDocument ? [] : [.. RedirectUris(fields.Optional("postLogoutRedirectUris"), "postLogoutRedirectUris")],
            Name = UpstreamSignInParser.Name(entry, fields.Optional("name")) ?? alias,
            Idps = [.. Idps(fields.Optional("idps"))],
            RefreshTokens = _values.Flag(fields.Optional("refreshTokens"), "refreshTokens", true),
        };
        fields.End();
        if (entry.Names.SignInIdps.Count is 0 && !_saidThatNobodyHasIt)
        {
            entry.Problems.Error(client.KeyAt("signIn"), PolicyDiagnosticCode.SignInMissing,
                "no identity provider has 'signIn', so nobody could sign in through this client: say under 'idps' where people are sent");
            _saidThatNobodyHasIt = true;     // of the first: the fault is not in the clients
        }
        return signIn;
    }

    private IEnumerable<string> RedirectUris(YamlNode? node, string what)
    {
        foreach (var (text, at) in _values.Texts(node, what, MaxRedirectUris))
        {
            if (RedirectUri.FaultIn(text) is not { } fault) yield return text;
            else entry.Problems.Error(at, PolicyDiagnosticCode.UriInvalid, $"{PolicyDiagnostics.Quote(text)} {fault}");
        }
    }

    private IEnumerable<string> Idps(YamlNode? node)
    {
        foreach (var (alias, at) in _values.Texts(node, "idps"))
        {
            if (!entry.IsKnown(alias, at, "an identity provider", entry.Names.Idps, PolicyDiagnosticCode.IdpUnknown)) continue;
            if (entry.Names.SignInIdps.Contains(alias)) yield return alias;
            else if (entry.Names.SignInIdps.Count > 0)
                entry.Problems.Error(at, PolicyDiagnosticCode.SignInMissing, $"{alias} has no 'signIn': nobody is sent there to sign in");
        }
    }
}
