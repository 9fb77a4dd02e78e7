using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization.Tests.AccessTokens;

/// <summary>Access tokens that end before their time: given back by their client (RFC 7009), or taken away by an administrator (RAS-49).</summary>
public sealed class RevocationTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private const string OtherResource = "https://mcp.trackr.example/other";

    [Theory, Trait("Spec", "AT-17"), InlineData(AccessTokenFormat.Jwt), InlineData(AccessTokenFormat.Opaque)]
    public async Task A_client_gives_its_token_back_and_it_ends_at_once(AccessTokenFormat format)
    {
        await using var ras = await RecordingRas.StartAsync(broker, format);
        var (token, kept) = (await ras.TokenAsync(broker.IdJag()), await ras.TokenAsync(broker.IdJag()));
        Assert.Equal(200, await ras.CallAsync(token));

        var answer = await ras.RevokeAsync(token, null, ("token_type_hint", "refresh_token"));

        Assert.Equal((200, "", "no-store"), (answer.Status, answer.Body, answer.Header("Cache-Control")));
        Assert.Equal(401, await ras.CallAsync(token));
        Assert.Equal(200, await ras.CallAsync(kept));
        Assert.Equal(200, (await ras.RevokeAsync(token)).Status);          // again: it is what it should be
    }

    [Theory, Trait("Spec", "AT-17"), InlineData("unknown"), InlineData("no.jwt.atall"), InlineData(".."), InlineData("é")]
    public async Task An_unknown_token_is_revoked_already(string token)
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        Assert.Equal(200, (await ras.RevokeAsync(token)).Status);
    }

    [Theory, Trait("Spec", "AT-17"), InlineData(AccessTokenFormat.Jwt), InlineData(AccessTokenFormat.Opaque)]
    public async Task Nobody_gives_back_what_is_anothers(AccessTokenFormat format)
    {
        await using var ras = await RecordingRas.StartAsync(broker, format);
        var token = await ras.TokenAsync(broker.IdJag());

        Assert.Equal(200, (await ras.RevokeAsync(token, Ras.Basic(Ras.OtherClient, Ras.OtherSecret))).Status);
        (await ras.RevokeAsync(token, Ras.Basic(Ras.Client, "wrong"))).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(null, [("token", token)], path: "/revoke")).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(null, [("token", token), ("client_id", Ras.Client)], path: "/revoke")).AssertRefused(400, "unauthorized_client");
        (await ras.RevokeAsync(null)).AssertRefused(400, "invalid_request");
        Assert.Equal(405, (int)(await ras.Http.GetAsync(new Uri("/revoke?token=" + token, UriKind.Relative))).StatusCode);

        Assert.Equal(200, await ras.CallAsync(token));
    }

    [Fact, Trait("Spec", "AT-17")]
    public async Task A_jwt_that_somebody_made_up_revokes_nothing()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        var token = await ras.TokenAsync(broker.IdJag());
        using var another = Keys.P256();
        var forged = ras.AccessToken(key: another);
        forged.Claims["jti"] = (string)Draft.Payload(token)["jti"]!;

        Assert.Equal(200, (await ras.RevokeAsync(forged.Encode())).Status);
        Assert.Equal(200, await ras.CallAsync(token));
    }

    private static readonly Dictionary<string, Func<JsonObject, AccessTokenSelection>> Selections = new()
    {
        ["issuer"] = idJag => new() { IdJagIssuer = (string)idJag["iss"]! },
        ["issuer, other"] = _ => new() { IdJagIssuer = "https://other.example" },
        ["id-jag"] = idJag => new() { IdJagIssuer = (string)idJag["iss"]!, IdJagJwtId = (string)idJag["jti"]! },
        ["id-jag, other"] = idJag => new() { IdJagIssuer = (string)idJag["iss"]!, IdJagJwtId = "ij-other" },
        ["client"] = _ => new() { ClientId = Ras.Client },
        ["client, other"] = _ => new() { ClientId = Ras.OtherClient },
        ["account"] = idJag => new() { Subject = (string)idJag["account"]! },
        ["account, other"] = _ => new() { Subject = "trk_other" },
        ["resource"] = _ => new() { Resource = Ras.Resource },
        ["resource, other"] = _ => new() { Resource = OtherResource },
        ["id"] = idJag => new() { JwtId = (string)idJag["token"]! },
        ["id, other"] = _ => new() { JwtId = "at-other" },
        ["account and client"] = idJag => new() { Subject = (string)idJag["account"]!, ClientId = Ras.Client },
        ["account and client, other"] = idJag => new() { Subject = (string)idJag["account"]!, ClientId = Ras.OtherClient },
        ["id and resource, other"] = idJag => new() { JwtId = (string)idJag["token"]!, Resource = OtherResource },
    };

    public static TheoryData<string> Which => [.. Selections.Keys];

    [Theory, Trait("Spec", "RAS-49"), MemberData(nameof(Which))]
    public async Task An_administrator_revokes_by(string which)
    {
        foreach (var format in new[] { AccessTokenFormat.Jwt, AccessTokenFormat.Opaque })
        {
            await using var ras = await RecordingRas.StartAsync(broker, format);
            var idJag = broker.IdJag();
            var token = await ras.TokenAsync(idJag);
            var said = (await ras.IntrospectAsync(token)).Json;
            var known = idJag.Claims.DeepClone().AsObject();
            (known["account"], known["token"]) = ((string)said["sub"]!, (string)said["jti"]!);
            var hits = !which.EndsWith("other", StringComparison.Ordinal);

            var revoked = await ras.Service<AccessTokenRevocations>().RevokeAsync(Selections[which](known));

            Assert.Equal((hits ? 1 : 0, hits ? 401 : 200), (revoked, await ras.CallAsync(token)));
            Assert.Equal(!hits, (bool?)(await ras.IntrospectAsync(token)).Json["active"]);
        }
    }

    [Fact, Trait("Spec", "RAS-49")]
    public async Task A_revoked_id_jag_is_redeemed_no_more_for_as_long_as_it_could_be()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        var (idJag, other) = (broker.IdJag(), broker.IdJag());
        idJag.Claims["exp"] = ManualClock.T0.ToUnixTimeSeconds() + 900;
        other.Claims["exp"] = idJag.Claims["exp"]!.DeepClone();
        var tokens = new[] { await ras.TokenAsync(idJag), await ras.TokenAsync(idJag) };

        Assert.Equal(2, await ras.Service<AccessTokenRevocations>().RevokeAsync(new() { IdJagIssuer = broker.Issuer, IdJagJwtId = (string)idJag.Claims["jti"]! }));

        foreach (var token in tokens) Assert.Equal(401, await ras.CallAsync(token));
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has been revoked");
        ras.Clock.Advance(TimeSpan.FromSeconds(900 + 59));
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has been revoked");
        (await ras.RedeemAsync(other)).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-49")]
    public async Task An_id_jag_that_is_revoked_before_its_first_use_is_not_used()
    {
        await using var ras = await RecordingRas.StartAsync(broker, trust: trust => trust.Reuse = IdJagReuse.SingleUse);
        var idJag = broker.IdJag();
        Assert.Equal(0, await ras.Service<AccessTokenRevocations>().RevokeAsync(new() { IdJagIssuer = broker.Issuer, IdJagJwtId = (string)idJag.Claims["jti"]! }));
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the assertion has been revoked");
    }

    [Fact, Trait("Spec", "RAS-49")]
    public async Task What_selects_everything_or_nothing_certain_is_a_mistake()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        await using var plain = await Ras.StartAsync(broker);
        var token = await ras.TokenAsync(broker.IdJag());
        await Assert.ThrowsAsync<ArgumentException>(() => ras.Service<AccessTokenRevocations>().RevokeAsync(new AccessTokenSelection()));
        await Assert.ThrowsAsync<ArgumentException>(() => ras.Service<AccessTokenRevocations>().RevokeAsync(new AccessTokenSelection { IdJagJwtId = "ij-1" }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => plain.Service<AccessTokenRevocations>().RevokeAsync(new AccessTokenSelection { ClientId = Ras.Client }));
        Assert.Equal(200, await ras.CallAsync(token));
    }

    [Fact, Trait("Spec", "RAS-48"), Trait("Spec", "SEC-26")]
    public async Task Logs_who_revoked_what_and_no_token()
    {
        await using var ras = await RecordingRas.StartAsync(broker, AccessTokenFormat.Opaque);
        var token = await ras.TokenAsync(broker.IdJag());
        var jwtId = (string)(await ras.IntrospectAsync(token)).Json["jti"]!;
        await ras.RevokeAsync(token, Ras.Basic(Ras.OtherClient, Ras.OtherSecret));
        await ras.RevokeAsync(token);
        await ras.Service<AccessTokenRevocations>().RevokeAsync(new() { ClientId = Ras.Client });

        Assert.Contains(ras.Logs, line => line.StartsWith($"1019 {Ras.OtherClient} tried to revoke access token {jwtId}", StringComparison.Ordinal));
        Assert.Contains(ras.Logs, line => line.StartsWith($"1018 {Ras.Client} revoked access token {jwtId}", StringComparison.Ordinal));
        Assert.Contains(ras.Logs, line => line.StartsWith("1017 Revoked 0 access tokens", StringComparison.Ordinal));
        Assert.DoesNotContain(ras.Logs, line => line.Contains(token, StringComparison.Ordinal));
    }

    [Fact, Trait("Spec", "SEC-31")]
    public async Task A_full_store_issues_no_more_until_something_has_expired()
    {
        await using var ras = await RecordingRas.StartAsync(broker, build: server =>
            server.Services.AddSingleton<IAccessTokenStore>(services => new InMemoryAccessTokenStore(services.GetRequiredService<TimeProvider>(), capacity: 2)));
        var first = await ras.TokenAsync(broker.IdJag());
        await ras.TokenAsync(broker.IdJag());
        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(503, "temporarily_unavailable");
        Assert.Equal(200, await ras.CallAsync(first));

        ras.Clock.Advance(TimeSpan.FromSeconds(600));
        (await ras.RedeemAsync(broker.IdJag(ManualClock.T0.AddSeconds(600)))).AssertIssued();
    }
}
