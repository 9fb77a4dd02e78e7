using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>Reads how a client or an administrator proves who it is. One for the whole catalogue: no two have an id in common.</summary>
internal sealed class CredentialsParser(CatalogEntryParser entry)
{
    /// <summary>What begins each of <c>secretHashes</c>.</summary>
    public const string HashPrefix = "hmac-sha256:";

    /// <summary>The most of <c>secretHashes</c>: the one that is used, and the next or the last.</summary>
    public const int MaxSecretHashes = 2;

    /// <summary>The words of <c>auth</c> by which somebody proves who they are.</summary>
    public static readonly ImmutableArray<(string, ClientAuth)> Proofs =
        [("private_key_jwt", ClientAuth.PrivateKeyJwt), ("client_secret", ClientAuth.ClientSecret)];

    /// <summary>The words of a client's <c>auth</c>.</summary>
    public static readonly ImmutableArray<(string, ClientAuth)> Methods = [.. Proofs, ("none", ClientAuth.None)];

    private readonly YamlValues _values = entry.Values;
    private readonly ClientKeysParser _keys = new(entry);

    /// <summary>Whose each id is; for ids that are written elsewhere than in <c>clientIds</c>.</summary>
    public UniqueNames Ids { get; } = new(entry.Problems, PolicyDiagnosticCode.ClientIdDuplicate);

    /// <summary>The value of <c>auth</c>, or null: not written, or refused.</summary>
    /// <param name="node">The value.</param>
    /// <param name="whyNotPublic">Why <c>none</c> is not for whom it is written for, or null: it is (C-18).</param>
    public ClientAuth? Auth(YamlNode? node, string? whyNotPublic)
    {
        if (node is not YamlScalar { Value: "none" } || whyNotPublic is null) return _values.Word(node, "auth", Methods);
        entry.Problems.Error(node.At, PolicyDiagnosticCode.PublicClient, whyNotPublic);
        return null;
    }

    /// <summary>The value of <c>clientIds</c>.</summary>
    public ImmutableArray<string> ClientIds(string alias, YamlNode? node)
    {
        var ids = ImmutableArray.CreateBuilder<string>();
        foreach (var (id, at) in _values.Texts(node, "clientIds"))
        {
            if (id.Any(c => c is < ' ' or > '~'))   // RFC 6749 appendix A.1: VSCHAR
                entry.Problems.Error(at, PolicyDiagnosticCode.ValueInvalid,
                    $"{PolicyDiagnostics.Quote(id)} is not a client id: printable ASCII only");
            else if (Ids.Claim(id, alias, at)) ids.Add(id);
        }
        return ids.DrainToImmutable();
    }

    /// <summary>The value of <c>jwks</c>.</summary>
    public JsonWebKeySet? Keys(YamlNode? node) => _keys.Parse(node);

    /// <summary>The value of <c>secretHashes</c>.</summary>
    public ImmutableArray<string> SecretHashes(YamlNode? node)
    {
        var hashes = ImmutableArray.CreateBuilder<string>();
        foreach (var (hash, at) in _values.Texts(node, "secretHashes", MaxSecretHashes))
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
