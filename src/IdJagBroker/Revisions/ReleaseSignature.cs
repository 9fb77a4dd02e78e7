using System.Globalization;
using System.Text.Json;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Revisions;

/// <summary>
/// What the publishing key says of a release (a JWS of type <see cref="Type"/>): that this revision was approved under this number, by whom, when. Who
/// can write the table can put any row there; only a broker that looked at who asked can have signed it.
/// </summary>
internal static class ReleaseSignature
{
    public const string Type = "policy-release+jwt";

    private const int MaxChars = 4096;
    private static readonly JwsAlgorithm[] Algorithms = [JwsAlgorithm.ES256];

    /// <param name="key">The publishing key.</param>
    /// <param name="issuer">The broker.</param>
    /// <param name="release">Approved; its times in whole microseconds, as the database keeps them.</param>
    /// <param name="ct">Ends the attempt.</param>
    public static async Task<string> SignAsync(ISigningKey key, Issuer issuer, PolicyRelease release, CancellationToken ct) =>
        (await UnsignedJws.Create(key, Type, (issuer, release), static (said, json) => Write(json, said.issuer, said.release)).SignAsync(ct)).Reveal();

    /// <summary>Why the signature does not stand for that row; null if it does.</summary>
    /// <param name="release">As the row has it.</param>
    /// <param name="keys">The publishing keys, those among them that sign no more.</param>
    /// <param name="issuer">The broker.</param>
    /// <param name="isUnknownKey">Whether another look at the keys may help.</param>
    public static string? Objection(PolicyRelease release, JsonWebKeySet keys, Issuer issuer, out bool isUnknownKey)
    {
        isUnknownKey = false;
        if (release.Signature is null || !CompactJws.TryParse(release.Signature, MaxChars, out var jws, out _)) return "has no signature";
        using (jws)
        {
            if (!JwtType.Is(jws.Header.Type, Type)) return "has a signature of another type";
            if (JwsVerifier.Verify(jws, keys, Algorithms, out _) is not JwsFailure.None and var failure)
            {
                isUnknownKey = failure is JwsFailure.KeyNotFound;
                return $"has a signature that does not verify ({failure})";
            }
            foreach (var (name, value) in Said(issuer, release))
                if (!jws.Claims.Is(System.Text.Encoding.ASCII.GetBytes(name), value)) return $"is not what was signed: {name}";
            return null;
        }
    }

    private static void Write(Utf8JsonWriter json, Issuer issuer, PolicyRelease release)
    {
        foreach (var (name, value) in Said(issuer, release)) json.WriteString(name, value);
    }

    // Everything as text, and nothing left out: a claim that is missing is no agreement.
    private static IEnumerable<(string Name, string Value)> Said(Issuer issuer, PolicyRelease release) =>
    [
        ("iss", issuer.Value), ("sub", release.Revision), ("number", release.Number.ToString(CultureInfo.InvariantCulture)), ("kind", ReleaseWords.Kind(release.IsRollback)),
        ("base", release.Base.ToString(CultureInfo.InvariantCulture)), ("author", release.Author), ("published_at", EventTime.Write(release.PublishedAt)),
        ("approver", release.Approver ?? ""), ("approved_at", release.ApprovedAt is { } at ? EventTime.Write(at) : ""),
    ];
}
