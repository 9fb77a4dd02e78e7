using System.Security.Cryptography;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Revisions;

namespace IdJagBroker.Tests.Revisions;

/// <summary>What the publishing key says of a release, and that nothing else passes for it.</summary>
public sealed class ReleaseSignatureTests : IDisposable
{
    private static readonly DateTimeOffset At = new(2026, 11, 28, 10, 0, 0, 123, 456, TimeSpan.Zero);
    private readonly ECDsa _pair = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static PolicyRelease Release { get; } = new(7, false, ReleaseState.Active, "sha256:" + new string('a', 64), 6, "ana", At) { Approver = "bob", ApprovedAt = At.AddMinutes(5) };

    private InProcessSigningKey Key => field ??= new InProcessSigningKey(_pair);

    private JsonWebKeySet Keys => new([Key.PublicKey]);

    private static Issuer Broker(string value = "https://idjag.example") => Issuer.TryParse(value, false, out var issuer) ? issuer : throw new ArgumentException(value);

    public void Dispose() => _pair.Dispose();

    private async Task<PolicyRelease> SignedAsync() => Release with { Signature = await ReleaseSignature.SignAsync(Key, Broker(), Release, default) };

    [Fact]
    public async Task Stands_for_what_was_signed()
    {
        Assert.Null(ReleaseSignature.Objection(await SignedAsync(), Keys, Broker(), out _));
        Assert.Null(ReleaseSignature.Objection(await SignedAsync() with { Comment = "not signed", State = ReleaseState.Superseded }, Keys, Broker(), out _));      // states change
    }

    [Fact]
    public async Task Stands_for_nothing_else()
    {
        var signed = await SignedAsync();
        PolicyRelease[] others =
        [
            signed with { Number = 8 }, signed with { IsRollback = true }, signed with { Revision = "sha256:" + new string('b', 64) }, signed with { Base = 5 }, signed with { Author = "bob" },
            signed with { PublishedAt = At.AddTicks(10) }, signed with { Approver = null }, signed with { Approver = "cal" }, signed with { ApprovedAt = At }, signed with { ApprovedAt = null },
        ];
        Assert.All(others, other => Assert.StartsWith("is not what was signed", ReleaseSignature.Objection(other, Keys, Broker(), out _), StringComparison.Ordinal));
        Assert.Equal("is not what was signed: iss", ReleaseSignature.Objection(signed, Keys, Broker("https://other.example"), out _));
        Assert.Equal("has no signature", ReleaseSignature.Objection(signed with { Signature = null }, Keys, Broker(), out _));
        Assert.Equal("has no signature", ReleaseSignature.Objection(signed with { Signature = "a.b" }, Keys, Broker(), out _));
        Assert.StartsWith("has a signature that does not verify", ReleaseSignature.Objection(signed with { Signature = signed.Signature![..^8] + "AAAAAAAA" }, Keys, Broker(), out var unknown), StringComparison.Ordinal);
        Assert.False(unknown);
    }

    [Fact]
    public async Task Is_of_a_kind_of_its_own_and_by_a_key_that_is_known()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signed = await SignedAsync();
        Assert.NotNull(ReleaseSignature.Objection(signed, new JsonWebKeySet([new InProcessSigningKey(other).PublicKey]), Broker(), out var unknown));
        Assert.True(unknown);       // so the keys are worth another look
        var token = (await UnsignedJws.Create(Key, JwtType.AccessToken, 0, static (_, json) => json.WriteString("iss", "https://idjag.example")).SignAsync(default)).Reveal();
        Assert.Equal("has a signature of another type", ReleaseSignature.Objection(signed with { Signature = token }, Keys, Broker(), out _));
    }
}
