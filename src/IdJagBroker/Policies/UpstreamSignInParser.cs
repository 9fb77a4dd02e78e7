using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>idps.ALIAS.signIn</c>.</summary>
internal sealed class UpstreamSignInParser(CatalogEntryParser entry)
{
    /// <summary>The scope without which there is no ID Token (OIDC Core §3.1.2.1).</summary>
    public const string OpenId = "openid";

    /// <summary>The longest name that people read, in characters.</summary>
    public const int MaxNameChars = 100;

    /// <summary>The least of <c>recheckAfter</c>.</summary>
    public static readonly TimeSpan MinRecheckAfter = TimeSpan.FromMinutes(1);

    /// <summary>The most of <c>recheckAfter</c>.</summary>
    public static readonly TimeSpan MaxRecheckAfter = TimeSpan.FromHours(12);

    /// <summary>The words of <c>auth</c>.</summary>
    public static readonly ImmutableArray<(string, UpstreamAuth)> Methods =
    [
        ("client_secret_basic", UpstreamAuth.ClientSecretBasic), ("client_secret_post", UpstreamAuth.ClientSecretPost),
        ("private_key_jwt", UpstreamAuth.PrivateKeyJwt),
    ];

    private static readonly ScopeSet DefaultScopes = ScopeSet.Of(OpenId, "profile", "email");

    private readonly YamlValues _values = entry.Values;

    /// <summary>Null: not written, or refused.</summary>
    public CatalogSignIn? Parse(string alias, YamlNode? node)
    {
        if (node is null) return null;
        entry.Names.SignInIdps.Add(alias);
        if (_values.Fields(node, "signIn") is not { } fields) return null;
        var clientId = fields.Required("clientId") is { } id ? _values.Text(id, "clientId") : null;
        var signIn = new CatalogSignIn
        {
            ClientId = clientId!,
            Auth = _values.Word(fields.Optional("auth"), "auth", Methods) ?? UpstreamAuth.ClientSecretBasic,
            Scopes = Scopes(fields.Optional("scopes")),
            Name = Name(entry, fields.Optional("name")) ?? alias,
            RecheckAfter = _values.Duration(fields.Optional("recheckAfter"), "recheckAfter", MinRecheckAfter, MaxRecheckAfter) ?? CatalogSignIn.DefaultRecheckAfter,
        };
        fields.End();
        return clientId is null ? null : signIn;
    }

    /// <summary>What people read of something on a page, or null: not written, or refused.</summary>
    public static string? Name(CatalogEntryParser entry, YamlNode? node)
    {
        if (node is null || entry.Values.Text(node, "name") is not { } name) return null;
        if (name.Length <= MaxNameChars) return name;
        entry.Problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"name must be 1 to {MaxNameChars} characters");
        return null;
    }

    private ScopeSet Scopes(YamlNode? node)
    {
        if (node is null) return DefaultScopes;
        var (scopes, isReadable) = (new List<string>(), node is YamlSequence { Items.Count: > 0 });
        foreach (var (scope, at) in _values.Texts(node, "scopes", ScopeSet.MaxScopes))
        {
            if (ScopeSet.IsScope(scope)) scopes.Add(scope);
            else entry.Problems.Error(at, PolicyDiagnosticCode.ScopeInvalid, $"{PolicyDiagnostics.Quote(scope)} is not a scope: printable ASCII without space, quotes, backslash");
        }
        if (isReadable && !scopes.Contains(OpenId))
            entry.Problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"scopes must have '{OpenId}' among them: without it the provider gives no ID Token");
        return ScopeSet.Of(scopes);
    }
}
