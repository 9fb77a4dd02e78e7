using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>Reads those fields of <c>authorizationServers.ALIAS</c> that say what its ID-JAGs hold and how they are signed.</summary>
internal sealed class TokenSettingsParser(CatalogEntryParser entry)
{
    /// <summary>The longest name of an account or tenant.</summary>
    public const int MaxNameChars = 255;

    /// <summary>The words of <c>algorithm</c>.</summary>
    public static readonly ImmutableArray<(string, bool IsRsa)> Algorithms = [("ES256", false), ("RS256", true)];

    private readonly YamlValues _values = entry.Values;

    public TokenSettings Parse(YamlFields fields)
    {
        var algorithm = _values.Word(fields.Optional("algorithm"), "algorithm", Algorithms);
        if (fields.Has("audSub")) fields.Refuse("audSubClaim", "and audSub exclude each other");
        return new TokenSettings
        {
            Algorithm = algorithm is true ? JwsAlgorithm.RS256 : JwsAlgorithm.ES256,
            Claims = [.. CopiedClaimsParser.Parse(fields.Optional("claims"), _values, entry.Problems)],
            Tenant = Identifier(fields.Optional("tenant"), "tenant"),
            AudienceTenant = Identifier(fields.Optional("audTenant"), "audTenant"),
            AudienceSubjects = Accounts(fields.Optional("audSub")),
            AudienceSubjectClaim = fields.Has("audSub") ? null : AccountClaim(fields.Optional("audSubClaim")),
        };
    }

    private string? Identifier(YamlNode? node, string what)
    {
        if (node is null || _values.Text(node, what) is not { } text) return null;
        if (text.Length <= MaxNameChars && text.All(c => c is > ' ' and <= '~')) return text;
        entry.Problems.Error(node.At, PolicyDiagnosticCode.ValueInvalid, $"{what} must be 1 to {MaxNameChars} printable ASCII characters without space");
        return null;
    }

    private FrozenDictionary<string, string> Accounts(YamlNode? node)
    {
        var accounts = new Dictionary<string, string>(StringComparer.Ordinal);
        var owners = new UniqueNames(entry.Problems, PolicyDiagnosticCode.ValueDuplicate);      // JAG-20: one account, one person
        foreach (var (key, value) in _values.Entries(node, "audSub"))
        {
            var bar = key.Value.IndexOf('|');
            if (bar <= 0 || bar == key.Value.Length - 1)
                entry.Problems.Error(key.At, PolicyDiagnosticCode.ValueInvalid,
                    $"{PolicyDiagnostics.Quote(key.Value)} is not a subject: the alias of an identity provider, '|', the person's id there");
            else if (entry.IsKnown(key.Value[..bar], key.At, "an identity provider", entry.Names.Idps, PolicyDiagnosticCode.IdpUnknown)
                && Identifier(value, "an account") is { } account && owners.Claim(account, key.Value, value.At)) accounts[key.Value] = account;
        }
        return accounts.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private string? AccountClaim(YamlNode? node)
    {
        if (node is null || _values.Text(node, "audSubClaim") is not { } claim) return null;
        SubjectClaimName.Check(claim, node.At, entry.Problems);
        return claim;
    }
}
