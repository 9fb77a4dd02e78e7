using System.Text.Json.Nodes;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization.Tests.AccessTokens;

/// <summary>What an MCP server learns of a token (RFC 7662), and what nobody else learns.</summary>
public sealed class IntrospectionEndpointTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private const string Inactive = """{"active":false}""";

    [Theory, Trait("Spec", "AT-16"), InlineData(AccessTokenFormat.Jwt), InlineData(AccessTokenFormat.Opaque)]
    public async Task Tells_what_a_token_means(AccessTokenFormat format)
    {
        await using var ras = await RecordingRas.StartAsync(broker, format, trust: trust => trust.AccessTokenClaims = ["email", "groups"]);
        var idJag = broker.IdJag();
        (idJag.Claims["acr"], idJag.Claims["auth_time"], idJag.Claims["amr"], idJag.Claims["email"], idJag.Claims["groups"], idJag.Claims["tenant"]) =
            ("phr", ManualClock.T0.ToUnixTimeSeconds() - 60, new JsonArray("mfa"), "ana@acme.example", new JsonArray("eng"), "acme-eu");
        using var prover = new Prover();
        var token = (await ras.RedeemAsync(idJag, prover.Proof())).AssertIssued().AccessToken;

        var answer = await ras.IntrospectAsync(token);

        Assert.Equal((200, "application/json", "no-store"), (answer.Status, answer.Header("Content-Type"), answer.Header("Cache-Control")));
        var (now, said) = (ManualClock.T0.ToUnixTimeSeconds(), answer.Json);
        Assert.StartsWith("at-", (string)said["jti"]!, StringComparison.Ordinal);
        Assert.Equal(
            $$$"""{"active":true,"iss":"{{{Ras.Issuer}}}","sub":"{{{said["sub"]}}}","aud":"{{{Ras.Resource}}}","client_id":"{{{Ras.Client}}}","iat":{{{now}}},"exp":{{{now + 600}}},"jti":"{{{said["jti"]}}}","scope":"tickets:read tickets:comment","auth_time":{{{now - 60}}},"acr":"phr","amr":["mfa"],"email":"ana@acme.example","groups":["eng"],"cnf":{"jkt":"{{{prover.Thumbprint}}}"},"token_type":"DPoP"}""",
            answer.Body);
        Assert.NotEmpty((string)said["sub"]!);
        Assert.Equal("Bearer", (string?)(await ras.IntrospectAsync(await ras.TokenAsync(broker.IdJag()))).Json["token_type"]);
    }

    public static TheoryData<string> Others => ["expired", "revoked", "unknown", "other resource", "forged", "empty of sense", "the id-jag", "too long", "changed by a letter"];

    [Theory, Trait("Spec", "AT-16"), MemberData(nameof(Others))]
    public async Task Says_nothing_of_any_other(string which)
    {
        foreach (var format in new[] { AccessTokenFormat.Jwt, AccessTokenFormat.Opaque })
        {
            await using var ras = await RecordingRas.StartAsync(broker, format);
            var idJag = broker.IdJag();
            if (which is "other resource") (idJag.Claims["resource"], idJag.Claims["scope"]) = ("https://mcp.trackr.example/other", "tickets:read");
            var token = await ras.TokenAsync(idJag);
            if (which is not "other resource") Assert.True((bool?)(await ras.IntrospectAsync(token)).Json["active"]);
            switch (which)
            {
                case "expired": ras.Clock.Advance(TimeSpan.FromSeconds(600)); break;
                case "revoked": await ras.RevokeAsync(token); break;
                case "unknown": token = format is AccessTokenFormat.Opaque ? Prover.Hash("nobody's") : ras.AccessToken().Encode(); break;
                case "forged":
                    using (var another = Keys.P256())
                    {
                        var forged = ras.AccessToken(key: another);
                        if (format is AccessTokenFormat.Jwt) forged.Claims["jti"] = (string)Draft.Payload(token)["jti"]!;
                        token = forged.Encode();
                    }
                    break;
                case "empty of sense": token = "..é%00"; break;
                case "the id-jag": token = idJag.Encode(); break;
                case "too long": token += new string('A', 9000); break;
                case "changed by a letter": token = token[..^2] + (token[^2] is 'A' ? 'B' : 'A') + token[^1]; break;
            }
            var answer = await ras.IntrospectAsync(token);
            Assert.Equal((200, Inactive), (answer.Status, answer.Body));
        }
    }

    [Fact, Trait("Spec", "AT-16")]
    public async Task A_jwt_of_another_kind_signed_by_the_same_key_is_none()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        var token = await ras.TokenAsync(broker.IdJag());
        foreach (var spoil in new Action<Draft>[] { draft => draft.Header["typ"] = "JWT", draft => draft.Claims["iss"] = "https://other.example", draft => draft.Claims.Remove("jti") })
        {
            var draft = ras.AccessToken();
            draft.Claims["jti"] = (string)Draft.Payload(token)["jti"]!;
            Assert.True((bool?)(await ras.IntrospectAsync(draft.Encode())).Json["active"]);
            spoil(draft);
            Assert.Equal(Inactive, (await ras.IntrospectAsync(draft.Encode())).Body);
        }
    }

    [Fact, Trait("Spec", "AT-16"), Trait("Spec", "SEC-22")]
    public async Task Tells_only_who_is_registered_to_ask()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        var token = await ras.TokenAsync(broker.IdJag());
        foreach (var authorization in new[]
        {
            Ras.Basic(RecordingRas.Asker, "wrong-secret-0123456789-0123456789"), Ras.Basic("nobody", RecordingRas.AskerSecret), Ras.Basic(Ras.Client, Ras.Secret), Ras.Basic(RecordingRas.Asker, ""), "Bearer " + token,
        })
        {
            var refused = await ras.IntrospectAsync(token, authorization);
            refused.AssertRefused(401, "invalid_client");
            Assert.StartsWith("Basic ", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        }
        (await ras.SendAsync(null, [("token", token)], path: "/introspect")).AssertRefused(401, "invalid_client");
        (await ras.SendAsync(null, [("token", token), ("client_id", RecordingRas.Asker)], path: "/introspect")).AssertRefused(401, "invalid_client");
        foreach (var answer in new[]
        {
            await ras.IntrospectAsync(token, Ras.Basic(RecordingRas.Asker, RecordingRas.AskerSecret, encode: false)),
            await ras.SendAsync(null, [("token", token), ("client_id", RecordingRas.Asker), ("client_secret", RecordingRas.AskerSecret)], path: "/introspect"),
            await ras.IntrospectAsync(token, null, ("token_type_hint", "whatever")),
        })
            Assert.True((bool?)answer.Json["active"]);
    }

    [Fact, Trait("Spec", "AT-16")]
    public async Task Refuses_what_is_no_question()
    {
        await using var ras = await RecordingRas.StartAsync(broker);
        (await ras.IntrospectAsync(null)).AssertRefused(400, "invalid_request");
        (await ras.IntrospectAsync("a", null, ("token", "b"))).AssertRefused(400, "invalid_request");
        (await ras.IntrospectAsync(new string('a', 70_000))).AssertRefused(413, "invalid_request");
        (await ras.SendAsync(Ras.Basic(RecordingRas.Asker, RecordingRas.AskerSecret), [("token", "a")], request => request.Content!.Headers.ContentType = new("application/json"), "/introspect")).AssertRefused(400, "invalid_request");
        var get = await ras.Http.GetAsync(new Uri("/introspect?token=a", UriKind.Relative));
        Assert.Equal((405, "POST"), ((int)get.StatusCode, string.Join(',', get.Content.Headers.Allow)));
    }

    [Fact, Trait("Spec", "AT-16")]
    public async Task Says_503_while_it_cannot_tell()
    {
        FaultyTokenStore? store = null;
        await using var ras = await RecordingRas.StartAsync(broker, build: server => server.Services.AddSingleton<IAccessTokenStore>(services => store = new FaultyTokenStore(services.GetRequiredService<TimeProvider>())));
        var token = await ras.TokenAsync(broker.IdJag());
        store!.IsAway = true;

        var answer = await ras.IntrospectAsync(token);
        answer.AssertRefused(503, "temporarily_unavailable");
        Assert.NotNull(answer.Header("Retry-After"));
        (await ras.RevokeAsync(token)).AssertRefused(503, "temporarily_unavailable");
        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(503, "temporarily_unavailable");
        Assert.Equal(503, await ras.CallAsync(token));                     // and not 401: the client would throw a good token away
        Assert.DoesNotContain("secret detail", answer.Body, StringComparison.Ordinal);

        store.IsAway = false;
        Assert.True((bool?)(await ras.IntrospectAsync(token)).Json["active"]);
        Assert.Equal(200, await ras.CallAsync(token));
    }

    [Theory, Trait("Spec", "META-09"), InlineData(false, false), InlineData(true, false), InlineData(true, true)]
    public async Task Is_in_the_metadata_where_it_is(bool records, bool asked)
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup
        {
            Configure = options =>
            {
                options.RecordAccessTokens = records;
                if (asked) options.IntrospectionClients.Add(new IntrospectionClient { ClientId = RecordingRas.Asker, Secret = RecordingRas.AskerSecret, Resources = [Ras.Resource] });
            },
        });
        var metadata = JsonNode.Parse(await ras.Http.GetStringAsync(new Uri("/.well-known/oauth-authorization-server", UriKind.Relative)))!.AsObject();

        Assert.Equal(records ? Ras.Issuer + "/revoke" : null, (string?)metadata["revocation_endpoint"]);
        Assert.Equal(records, metadata.ContainsKey("revocation_endpoint_auth_methods_supported"));
        Assert.Equal(asked ? Ras.Issuer + "/introspect" : null, (string?)metadata["introspection_endpoint"]);
        Assert.Equal(asked ? """["client_secret_basic","client_secret_post"]""" : null, metadata["introspection_endpoint_auth_methods_supported"]?.ToJsonString());
        Assert.Equal(records ? 401 : 404, (await ras.SendAsync(null, [("token", "a")], path: "/revoke")).Status);
        Assert.Equal(asked ? 401 : 404, (await ras.SendAsync(null, [("token", "a")], path: "/introspect")).Status);
    }
}
