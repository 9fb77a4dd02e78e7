using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Keys.Control;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>Keys of one purpose are worth nothing for another, and only those for tokens that others verify are in the JWKS.</summary>
public sealed class KeyPurposeTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private static readonly KeyPurpose[] ForOthers = [KeyPurpose.IdJag, KeyPurpose.IdToken];
    private static readonly KeyPurpose[] NotForOthers = [KeyPurpose.AccessToken, KeyPurpose.ClientAssertion, KeyPurpose.AuditCheckpoint, KeyPurpose.AuditExport];

    private readonly BrokerFixture _broker = new(postgres);

    private SigningKeyRing Ring => _broker.Services.GetRequiredService<SigningKeyRing>();

    public async ValueTask InitializeAsync() => await _broker.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    private async Task<IReadOnlyList<SigningKeyRow>> RowsAsync() => await _broker.Services.GetRequiredService<KeyTable>().ReadAsync(TestContext.Current.CancellationToken);

    private async Task<byte[]> JwksAsync() => await _broker.Http.GetByteArrayAsync(new Uri(_broker.Issuer + "/oauth2/jwks"));

    private static JwsFailure Verify(string token, JsonWebKeySet keys)
    {
        Assert.True(CompactJws.TryParse(token, IdJag.MaxChars, out var jws, out _));
        using (jws) return JwsVerifier.Verify(jws, keys, [JwsAlgorithm.ES256, JwsAlgorithm.RS256], out _);
    }

    private async Task<string> SignedForAsync(KeyPurpose purpose) =>
        (await UnsignedJws.Create(Ring.For(purpose, purpose is KeyPurpose.ClientAssertion ? JwsAlgorithm.RS256 : JwsAlgorithm.ES256), JwtType.IdJag, 0, static (_, json) => json.WriteString("sub", "eve")).SignAsync(TestContext.Current.CancellationToken)).Reveal();

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Each_has_a_key_of_its_own()
    {
        var active = (await RowsAsync()).Where(row => row.State is KeyState.Active).ToList();
        Assert.Equal(
            ["access_token ES256", "audit_checkpoint ES256", "audit_export ES256", "client_assertion RS256", "id_jag ES256", "id_jag RS256", "id_token ES256", "id_token RS256"],
            active.Select(row => $"{row.Purpose.Word()} {row.Algorithm}").Order(StringComparer.Ordinal));
        Assert.Equal(8, active.Select(row => row.Kid).Distinct().Count());
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task The_jwks_verifies_no_signature_of_a_key_that_signs_no_token_for_others()
    {
        var jwks = JsonWebKeySet.TryParse(await JwksAsync())!;
        Assert.Equal(
            (await RowsAsync()).Where(row => ForOthers.Contains(row.Purpose)).Select(row => row.Kid).Order(StringComparer.Ordinal),
            jwks.Keys.Select(key => key.Thumbprint).Order(StringComparer.Ordinal));
        foreach (var purpose in ForOthers) Assert.Equal(JwsFailure.None, Verify(await SignedForAsync(purpose), jwks));
        foreach (var purpose in NotForOthers) Assert.Equal(JwsFailure.KeyNotFound, Verify(await SignedForAsync(purpose), jwks));
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Inside_the_broker_too_a_signature_verifies_only_for_its_own()
    {
        KeyPurpose[] all = [.. ForOthers, .. NotForOthers];
        foreach (var signer in all)
        {
            var token = await SignedForAsync(signer);
            foreach (var reader in all) Assert.Equal(reader == signer ? JwsFailure.None : JwsFailure.KeyNotFound, Verify(token, Ring.PublishedFor(reader)));
        }
        Assert.Empty(Ring.PublishedFor(KeyPurpose.PolicyRelease).Keys);        // nothing signs for it
    }

    [Fact]
    public async Task A_key_that_signed_still_verifies_for_its_own_after_a_rotation()
    {
        var (before, token) = (Ring.For(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256).PublicKey.Thumbprint, await SignedForAsync(KeyPurpose.AuditCheckpoint));
        var asked = (await new KeyAdmin(_broker).PostAsync("/rotate", """{"purpose":"audit_checkpoint","emergency":true}""")).Is(System.Net.HttpStatusCode.Accepted);
        Assert.Null(asked.Body["breaks"]);
        await KeyAdmin.UntilAsync(() => Task.FromResult(Ring.For(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256).PublicKey.Thumbprint != before));
        Assert.Equal(JwsFailure.None, Verify(token, Ring.PublishedFor(KeyPurpose.AuditCheckpoint)));
        Assert.Equal(JwsFailure.None, Verify(await SignedForAsync(KeyPurpose.AuditCheckpoint), Ring.PublishedFor(KeyPurpose.AuditCheckpoint)));
    }

    [Fact]
    public async Task The_log_has_the_public_half_of_every_key_from_its_making_and_nothing_private()
    {
        var events = await _broker.AuditAsync("limit=1000");
        foreach (var row in await RowsAsync())
        {
            var created = Assert.Single(events, e => (string?)e!["type"] is "key.created" && (string?)e["kid"] == row.Kid);
            using var document = JsonDocument.Parse(created!["data"]!["public_jwk"]!.ToJsonString());
            Assert.Equal(row.Kid, JsonWebKey.TryRead(document.RootElement)!.Thumbprint);
            Assert.DoesNotContain(document.RootElement.EnumerateObject(), member => member.Name is "d" or "p" or "q" or "dp" or "dq" or "qi" or "k");
        }
        Assert.DoesNotContain(events, e => (string?)e!["type"] is not "key.created" && e["data"]!.AsObject().ContainsKey("public_jwk"));
    }

    [Theory]
    [InlineData(KeyPurpose.AccessToken, "admin API"), InlineData(KeyPurpose.AuditCheckpoint, "Checkpoints"), InlineData(KeyPurpose.AuditExport, "Exports"), InlineData(KeyPurpose.IdJag, "ID-JAGs")]
    internal async Task Revoking_says_what_breaks_for_that(KeyPurpose purpose, string what)
    {
        var kid = (await RowsAsync()).First(row => row.State is KeyState.Active && row.Purpose == purpose).Kid;
        var answer = (await new KeyAdmin(_broker).PostAsync($"/{kid}/revoke", new JsonObject { ["confirm"] = kid, ["reason"] = "found in a backup" }.ToJsonString())).Is(System.Net.HttpStatusCode.OK);
        Assert.StartsWith(what, ((string)answer.Body["breaks"]!).Replace("Access tokens for the ", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(Ring.PublishedFor(purpose).Keys, key => key.Thumbprint == kid);
    }
}
