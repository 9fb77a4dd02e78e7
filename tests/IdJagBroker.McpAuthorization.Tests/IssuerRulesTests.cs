using System.Diagnostics;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Configuration;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>What one issuer may say and another may not: each limit for one of two issuers, and the other unharmed (RAS-11, RAS-33).</summary>
public sealed class IssuerRulesTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>, IAsyncLifetime
{
    private const string Second = "https://mcp.trackr.example/v2/mcp";
    private readonly LoopbackBroker _other = new();

    public ValueTask InitializeAsync() => _other.InitializeAsync();

    public ValueTask DisposeAsync() => _other.DisposeAsync();

    [Theory, InlineData(121, false), InlineData(120, true), Trait("Spec", "RAS-17")]
    public async Task Takes_id_jags_that_live_no_longer_than_their_issuer_may_say(int seconds, bool accepted)
    {
        await using var ras = await StartAsync(trust => trust.MaxLifetime = TimeSpan.FromSeconds(120));

        var answer = await ras.RedeemAsync(Lives(broker.IdJag(), seconds));

        if (accepted) answer.AssertIssued();
        else answer.AssertRefused(400, "invalid_grant", "the assertion is expired, not yet valid or too long-lived");
        (await ras.RedeemAsync(Lives(_other.IdJag(), 900))).AssertIssued();
    }

    [Fact, Trait("Spec", "SEC-02")]
    public async Task Takes_only_the_algorithms_of_that_issuer()
    {
        await using var ras = await StartAsync(trust => trust.Algorithms = [JwsAlgorithm.RS256]);

        (await ras.RedeemAsync(broker.IdJag())).AssertRefused(400, "invalid_grant", "the signature could not be verified");
        (await ras.RedeemAsync(_other.IdJag())).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-33"), Trait("Spec", "RAS-34"), Trait("Spec", "RAS-36")]
    public async Task Gives_access_only_to_the_resources_of_that_issuer()
    {
        await using var ras = await StartAsync(trust => trust.Resources = [Second]);

        (await ras.RedeemAsync(For(broker.IdJag(), Ras.Resource))).AssertRefused(400, "invalid_grant", "the assertion is not for a resource of this authorization server");
        (await ras.RedeemAsync(For(broker.IdJag(), Ras.Resource, Second), ("resource", Second))).AssertRefused(400, "invalid_grant");
        Assert.Equal(Second, (string?)(await ras.RedeemAsync(For(broker.IdJag(), Second))).AssertIssued().Json["resource"]);
        Assert.Equal(Second, (string?)(await ras.RedeemAsync(For(broker.IdJag()))).AssertIssued().Json["resource"]);       // it can mean no other
        (await ras.RedeemAsync(For(broker.IdJag()), ("resource", Ras.Resource))).AssertRefused(400, "invalid_target");
        Assert.Equal(Ras.Resource, (string?)(await ras.RedeemAsync(For(_other.IdJag(), Ras.Resource))).AssertIssued().Json["resource"]);
        (await ras.RedeemAsync(For(_other.IdJag()))).AssertRefused(400, "invalid_grant");
    }

    [Fact, Trait("Spec", "RAS-31")]
    public async Task Gives_access_to_no_resource_of_another_tenant()
    {
        await using var ras = await StartAsync(trust => trust.AudienceTenant = "ws_acme", options => options.Resources[1].AudienceTenant = "ws_other");

        (await ras.RedeemAsync(For(broker.IdJag(), Second))).AssertRefused(400, "invalid_grant", "the assertion is not for a resource of this authorization server");
        (await ras.RedeemAsync(For(_other.IdJag(), Second))).AssertRefused(400, "invalid_grant");
        Assert.Equal(Ras.Resource, (string?)(await ras.RedeemAsync(For(broker.IdJag()))).AssertIssued().Json["resource"]);

        await using var own = await StartAsync(trust => trust.AudienceTenant = "ws_other", options => options.Resources[1].AudienceTenant = "ws_other");
        (await own.RedeemAsync(For(broker.IdJag(), Second))).AssertIssued();
    }

    [Fact, Trait("Spec", "RAS-33"), Trait("Spec", "RAS-37")]
    public async Task Gives_no_more_scope_than_that_issuer_may()
    {
        await using var ras = await StartAsync(trust => trust.Scopes = ["tickets:read", "tickets:unknown"]);
        var admin = broker.IdJag();
        admin.Claims["scope"] = "tickets:admin";

        Assert.Equal("tickets:read", (string?)(await ras.RedeemAsync(broker.IdJag())).AssertIssued().Json["scope"]);
        (await ras.RedeemAsync(admin)).AssertRefused(400, "invalid_scope");
        Assert.Equal("tickets:read tickets:comment", (string?)(await ras.RedeemAsync(_other.IdJag())).AssertIssued().Json["scope"]);
    }

    [Theory, InlineData(""), InlineData("/"), Trait("Spec", "RAS-10"), Trait("Spec", "RAS-23")]
    public async Task Refuses_an_issuer_that_is_switched_off_within_five_seconds_and_takes_it_again(string slash)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Settings());
        using var configuration = (ConfigurationRoot)new ConfigurationBuilder().AddJsonFile(file, optional: false, reloadOnChange: true).Build();
        await using var ras = await StartAsync(build: server => server.DisableIssuersBy(configuration.GetSection("Disabled")));
        (await ras.RedeemAsync(broker.IdJag())).AssertIssued();
        var fetched = broker.JwksHits;

        await File.WriteAllTextAsync(file, Settings(broker.Issuer + slash));
        (await UntilAsync(ras, 400)).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
        var forged = broker.IdJag();
        forged.Header["kid"] = "unknown";
        ras.Clock.Advance(TimeSpan.FromSeconds(61));
        (await ras.RedeemAsync(forged)).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
        Assert.Equal(fetched, broker.JwksHits);                            // nobody asks for the keys of an issuer that is off
        (await ras.RedeemAsync(_other.IdJag(ras.Clock.GetUtcNow()))).AssertIssued();

        await File.WriteAllTextAsync(file, Settings());
        (await UntilAsync(ras, 200)).AssertIssued();
        File.Delete(file);
    }

    [Fact, Trait("Spec", "RAS-10")]
    public async Task Asks_the_vendors_own_switch_each_time_and_takes_nothing_while_it_cannot_tell()
    {
        OwnSwitch.IsOn = issuer => issuer == broker.Issuer;
        await using var ras = await StartAsync(build: server => server.UseIssuerSwitch<OwnSwitch>());
        var idJag = broker.IdJag();

        (await ras.RedeemAsync(idJag)).AssertIssued();
        (await ras.RedeemAsync(_other.IdJag())).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
        OwnSwitch.IsOn = _ => false;
        (await ras.RedeemAsync(idJag)).AssertRefused(400, "invalid_grant", "the issuer is not trusted");
        OwnSwitch.IsOn = _ => throw new InvalidOperationException("the database is away");
        var answer = await ras.RedeemAsync(idJag);
        answer.AssertRefused(503, "temporarily_unavailable");
        Assert.Equal("5", answer.Header("Retry-After"));
        Assert.DoesNotContain("database", answer.Body, StringComparison.Ordinal);
    }

    private static string Settings(params string[] issuers) =>
        System.Text.Json.JsonSerializer.Serialize(new { Disabled = new { Issuers = issuers } });

    private async Task<Answer> UntilAsync(Ras ras, int status)
    {
        var watch = Stopwatch.StartNew();
        Answer answer;
        do
        {
            answer = await ras.RedeemAsync(broker.IdJag(ras.Clock.GetUtcNow()));
            if (answer.Status != status) await Task.Delay(50);
        }
        while (answer.Status != status && watch.Elapsed < TimeSpan.FromSeconds(5));
        return answer;
    }

    private static Draft Lives(Draft idJag, int seconds)
    {
        idJag.Claims["exp"] = (long)idJag.Claims["iat"]! + seconds;
        return idJag;
    }

    private static Draft For(Draft idJag, params string[] resources)
    {
        idJag.Claims.Remove("resource");
        if (resources.Length > 0) idJag.Claims["resource"] = new System.Text.Json.Nodes.JsonArray([.. resources.Select(resource => (System.Text.Json.Nodes.JsonNode)resource)]);
        return idJag;
    }

    private Task<Ras> StartAsync(Action<TrustedIssuer>? trust = null, Action<IdJagAuthorizationServerOptions>? configure = null, Action<IdJagAuthorizationServerBuilder>? build = null) => Ras.StartAsync(broker, new RasSetup
    {
        Trust = trust ?? (_ => { }),
        Configure = options =>
        {
            options.TrustedIssuers.Add(new TrustedIssuer { Issuer = _other.Issuer });
            options.Resources.Add(new ProtectedResource { Resource = Second, Scopes = ["tickets:read"] });
            configure?.Invoke(options);
        },
        Build = build ?? (_ => { }),
    });

    private sealed class OwnSwitch : IIssuerSwitch
    {
        public static Func<string, bool> IsOn { get; set; } = _ => true;
        public ValueTask<bool> IsOnAsync(TrustedIssuer issuer, CancellationToken ct) => ValueTask.FromResult(IsOn(issuer.Issuer));
    }
}
