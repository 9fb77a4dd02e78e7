using System.Security.Cryptography;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Benchmarks;

/// <summary>The JOSE core at its two busiest places: minting an ID-JAG, and verifying what comes in. docs/performance.md has the figures.</summary>
[MemoryDiagnoser, MinColumn]
public class JoseBenchmarks : IDisposable
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_795_165_200);
    private static readonly JwsAlgorithm[] Allowed = [JwsAlgorithm.ES256, JwsAlgorithm.RS256];

    private readonly InProcessSigningKey _ec = InProcessSigningKey.CreateEs256();
    private readonly InProcessSigningKey _rsa = new(RSA.Create(2048), JwsAlgorithm.RS256);
    private readonly IdJag _idJag;
    private readonly JsonWebKeySet _brokerKeys;
    private readonly JsonWebKeySet _upstreamKeys;
    private readonly EncodedJwt _idJagToken;
    private readonly EncodedJwt _idToken;

    /// <summary>The claims are those of the catalogue's worked example: 16 of the ID-JAG without cnf, 13 of the ID Token.</summary>
    public JoseBenchmarks()
    {
        _idJag = new IdJag
        {
            Issuer = "https://broker.acme.example", Subject = "7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa", Audience = "https://as.trackr.example",
            ClientId = "cl_7hQ2notes", JwtId = "ij-4bW1uTq0R2m8sVfYx6oLhA", IssuedAt = Now, ExpiresAt = Now.AddSeconds(300),
            Resources = ["https://mcp.trackr.example/v1/mcp"], Scope = ScopeSet.Of("tickets:read", "tickets:comment"),
            Email = "mira.okoye@acme.example", EmailVerified = true, AuthTime = Now.AddSeconds(-125), Acr = "urn:acme:loa:2", Amr = ["pwd", "otp"],
            AudienceTenant = "ws_acme", AudienceSubject = "trk_4821",
        };
        _idJagToken = Sign(_idJag.ToJws(_ec));
        _idToken = Sign(UnsignedJws.Create(_rsa, "JWT", 0, static (_, json) => WriteIdToken(json)));
        _brokerKeys = new JsonWebKeySet([_ec.PublicKey]);
        _upstreamKeys = new JsonWebKeySet([_rsa.PublicKey]);
        if (!VerifyIdJagEs256() || !VerifyIdTokenRs256()) throw new InvalidOperationException("The benchmark measures refusals.");
    }

    /// <summary>Claims to bytes on the wire.</summary>
    [Benchmark]
    public int MintIdJagEs256() => _idJag.ToJws(_ec).SignAsync(default).AsTask().GetAwaiter().GetResult().Utf8.Length;

    /// <summary>Parse the bytes that came, verify, check the times, read every claim.</summary>
    [Benchmark]
    public bool VerifyIdJagEs256()
    {
        if (!CompactJws.TryParse(_idJagToken, IdJag.MaxChars, out var jws, out _)) return false;
        using (jws)
            return JwsVerifier.Verify(jws, _brokerKeys, Allowed, out _) is JwsFailure.None
                && JwtTimes.Check(jws.Claims, Now, out var times) is null && IdJag.TryRead(jws.Claims, times, out _, out _);
    }

    /// <summary>Parse, verify, check the times, read the claims that the broker reads of an ID Token.</summary>
    [Benchmark]
    public bool VerifyIdTokenRs256()
    {
        if (!CompactJws.TryParse(_idToken, 16 * 1024, out var jws, out _)) return false;
        using (jws)
        {
            var claims = jws.Claims;
            return JwsVerifier.Verify(jws, _upstreamKeys, Allowed, out _) is JwsFailure.None && JwtTimes.Check(claims, Now, out _) is null
                && claims.GetString("iss"u8, 2048, out _) is ClaimState.Present && claims.GetString("sub"u8, 255, out _) is ClaimState.Present
                && claims.GetStrings("aud"u8, 8, out _) is ClaimState.Present && claims.GetString("azp"u8, 255, out _) is ClaimState.Absent
                && claims.GetString("oid"u8, 255, out _) is ClaimState.Present && claims.GetString("email"u8, 320, out _) is ClaimState.Present
                && claims.GetBoolean("email_verified"u8, out _) is ClaimState.Present && claims.GetDate("auth_time"u8, out _) is ClaimState.Present
                && claims.GetString("acr"u8, 255, out _) is ClaimState.Present && claims.GetStrings("amr"u8, 32, out _) is ClaimState.Present
                && claims.GetStrings("groups"u8, 200, out _) is ClaimState.Present;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ec.Dispose();
        _rsa.Dispose();
        GC.SuppressFinalize(this);
    }

    private static EncodedJwt Sign(UnsignedJws jws) => jws.SignAsync(default).AsTask().GetAwaiter().GetResult();

    private static void WriteIdToken(Utf8JsonWriter json)
    {
        json.WriteString("iss", "https://login.acme.example/oidc");
        json.WriteString("sub", "pw-Zk31-notes");
        json.WriteString("aud", "notes-desktop-9f2");
        json.WriteString("oid", "7d0c1b52-88f4-4c0e-9a55-1f3f7be0c9aa");
        json.WriteNumber("iat", Now.ToUnixTimeSeconds() - 120);
        json.WriteNumber("exp", Now.ToUnixTimeSeconds() + 3480);
        json.WriteNumber("auth_time", Now.ToUnixTimeSeconds() - 125);
        json.WriteString("acr", "urn:acme:loa:2");
        json.WriteStartArray("amr");
        json.WriteStringValue("pwd");
        json.WriteStringValue("otp");
        json.WriteEndArray();
        json.WriteString("email", "mira.okoye@acme.example");
        json.WriteBoolean("email_verified", true);
        json.WriteStartArray("groups");
        json.WriteStringValue("g-support-eu");
        json.WriteEndArray();
        json.WriteString("nonce", "n-5521");
    }
}
