using System.Collections.Frozen;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies;

/// <summary>Reads <c>administrators.ALIAS</c>.</summary>
internal sealed class AdministratorParser(CatalogEntryParser entry, CredentialsParser credentials)
{
    // What the log calls somebody who is in no catalogue: an entry must not look like them.
    private static readonly FrozenSet<string> NamesInTheLog = FrozenSet.Create(StringComparer.Ordinal, "management-token", "command-line", "break-glass");

    private readonly YamlValues _values = entry.Values;

    public CatalogAdministrator? Parse(string alias, YamlFields fields)
    {
        var isFree = IsFree(alias, fields.At);
        var ids = credentials.ClientIds(alias, fields.Required("clientIds"));
        var auth = credentials.Auth(fields.Required("auth"), "an administrator must prove who they are");
        if (auth is ClientAuth.PrivateKeyJwt) fields.Refuse("secretHashes", "is for auth: client_secret");
        if (auth is ClientAuth.ClientSecret) fields.Refuse("jwks", "is for auth: private_key_jwt");
        var scopes = Scopes(fields.Required("scopes"));
        var administrator = new CatalogAdministrator
        {
            Alias = alias,
            ClientIds = ids,
            Auth = auth ?? ClientAuth.PrivateKeyJwt,
            SecretHashes = auth is ClientAuth.PrivateKeyJwt ? [] : credentials.SecretHashes(fields.Optional("secretHashes")),
            Keys = auth is ClientAuth.ClientSecret ? null : credentials.Keys(fields.Optional("jwks")),
            Scopes = scopes,
            Role = Role(fields.Optional("role")),
            Enabled = _values.Flag(fields.Optional("enabled"), "enabled", true),
        };
        return isFree && auth is not null && !ids.IsEmpty && !scopes.IsEmpty ? administrator : null;
    }

    private ScopeSet Scopes(YamlNode? node)
    {
        var scopes = new List<string>();
        foreach (var (text, at) in _values.Texts(node, "scopes"))
        {
            if (AdminScope.All.Any(scope => string.Equals(scope.Value, text, StringComparison.Ordinal))) scopes.Add(text);
            else entry.Problems.Unknown(at, PolicyDiagnosticCode.ScopeUnknown, text, "is not a scope of the admin API", AdminScope.All.Select(scope => scope.Value));
        }
        return ScopeSet.Of(scopes);
    }

    private string? Role(YamlNode? node) =>
        node is not null && _values.Text(node, "role") is { } role && _values.IsAlias((YamlScalar)node, "a role") && IsFree(role, node.At) ? role : null;

    private bool IsFree(string name, SourceSpan at)
    {
        if (!NamesInTheLog.Contains(name)) return true;
        entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid, $"{PolicyDiagnostics.Quote(name)} means something else in the log");
        return false;
    }
}
