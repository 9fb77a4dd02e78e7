using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn.Tests;

/// <summary>Microsoft's <c>@azure/keyvault-keys</c> takes the stand-in for a vault: so it is not merely what we believe a vault to be.</summary>
public sealed class OfficialSdkTests
{
    [Fact]
    public async Task Makes_a_key_and_reads_it()
    {
        await using var vault = await StartAsync();
        var key = await NodeScenario.RunAsync("create", vault);

        Assert.Equal(("EC", "P-256"), ((string?)key["kty"], (string?)key["crv"]));
        Assert.Equal("""["sign","verify"]""", key["ops"]!.ToJsonString());
        Assert.Equal($"{vault.Url}keys/signing/{(string?)key["version"]}", (string?)key["id"]);
        Assert.True((bool)key["same"]! && (bool)key["enabled"]! && (bool)key["created"]!);
        Assert.False((bool)key["hasPrivate"]!);
        Assert.Equal("test", (string?)key["tags"]!["purpose"]);
        Assert.Equal(90, (int)key["recoverableDays"]!);
    }

    [Fact]
    public async Task Asks_for_a_token_once_and_sends_no_body_before()
    {
        await using var vault = await StartAsync();
        await NodeScenario.RunAsync("create", vault);

        var first = vault.Calls.First();
        Assert.Equal((null, 0), (first.Token, first.BodyBytes));
        Assert.All(vault.Calls.Skip(1), call => Assert.NotNull(call.Token));
        Assert.Equal(1, vault.Tokens.Requests);
    }

    [Fact]
    public async Task Signs_and_verifies()
    {
        await using var vault = await StartAsync();
        var results = await NodeScenario.RunAsync("sign", vault);

        Assert.Equal("""{"length":64,"sameKey":true,"remote":true,"local":true,"tampered":false}""", results["ec"]!.ToJsonString());
        Assert.Equal("""{"length":256,"sameKey":true,"remote":true,"local":true,"tampered":false}""", results["rsa"]!.ToJsonString());
        Assert.Equal(2, vault.Calls.Count(call => call is { Operation: "sign", Token: not null }));      // remotely
    }

    [Fact]
    public async Task Rotates_a_key_and_keeps_the_old_version()
    {
        await using var vault = await StartAsync();
        var rotation = await NodeScenario.RunAsync("rotate", vault);

        Assert.Equal(rotation["expected"]!.ToJsonString(), rotation["versions"]!.ToJsonString());
        Assert.Equal(2, rotation["versions"]!.AsArray().Count);
        foreach (var claim in new[] { "current", "old", "differ", "signedBy" }) Assert.True((bool)rotation[claim]!, claim);
    }

    [Fact]
    public async Task Lists_keys_page_by_page()
    {
        await using var vault = await StartAsync();
        vault.Throttle.CreationScale = 2;      // 30 keys, of the 20 that a vault would make in 10 s
        var names = await NodeScenario.RunAsync("list", vault);

        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"key-{i:00}"), names["value"]!.AsArray().Select(name => (string)name!));
        Assert.Equal(2, vault.Calls.Count(call => call.Operation is "list"));
    }

    [Fact]
    public async Task Reads_and_writes_a_rotation_policy()
    {
        await using var vault = await StartAsync();
        var policy = await NodeScenario.RunAsync("rotationPolicy", vault);

        Assert.Equal("Notify", (string?)policy["before"]![0]!["action"]);
        Assert.Equal("""{"expiresIn":"P90D","lifetimeActions":[{"timeBeforeExpiry":"P30D","action":"Rotate"}]}""",
            Sorted(policy["after"]!));
    }

    [Fact]
    public async Task Wraps_and_unwraps_and_nothing_else_with_a_key_for_that()
    {
        await using var vault = await StartAsync();
        var wrap = await NodeScenario.RunAsync("wrap", vault);

        Assert.Equal(384, (int)wrap["length"]!);
        Assert.True((bool)wrap["same"]!);
        Assert.Equal(400, (int)wrap["tampered"]!["status"]!);
        Assert.True((bool)wrap["signing"]!["refused"]!);        // the SDK itself reads key_ops
        Assert.Contains(vault.Calls, call => call.Operation is "wrapkey");      // not done locally
        Assert.Contains(vault.Calls, call => call.Operation is "unwrapkey");
    }

    [Fact]
    public async Task Is_refused_a_disabled_key_until_it_is_enabled()
    {
        await using var vault = await StartAsync();
        var disabled = await NodeScenario.RunAsync("disabled", vault);

        Assert.Equal((403, "Forbidden"), ((int)disabled["answer"]!["status"]!, (string?)disabled["answer"]!["code"]));
        Assert.False((bool)disabled["enabled"]!);
        Assert.False((bool)disabled["again"]!);
    }

    [Fact]
    public async Task Is_refused_an_unknown_key_and_the_wrong_algorithm()
    {
        await using var vault = await StartAsync();
        var unknown = await NodeScenario.RunAsync("unknown", vault);

        Assert.Equal((404, "KeyNotFound"), ((int)unknown["key"]!["status"]!, (string?)unknown["key"]!["code"]));
        Assert.Equal((400, "BadParameter"), ((int)unknown["type"]!["status"]!, (string?)unknown["type"]!["code"]));
    }

    [Fact]
    public async Task Deletes_recovers_and_purges()
    {
        await using var vault = await StartAsync(settling: TimeSpan.FromMilliseconds(300));
        var deletion = await NodeScenario.RunAsync("deletion", vault);

        Assert.False((bool)deletion["atFirst"]!);       // so the poller polled
        Assert.Equal($"{vault.Url}deletedkeys/to-delete", (string?)deletion["recoveryId"]);
        Assert.True((bool)deletion["purgeOn"]!);
        Assert.Equal(404, (int)deletion["gone"]!["status"]!);
        Assert.Equal(409, (int)deletion["reuse"]!["status"]!);
        Assert.Equal(("to-delete", "to-delete"), ((string?)deletion["recovered"], (string?)deletion["back"]));
        Assert.Equal("""["to-delete"]""", deletion["listed"]!.ToJsonString());
        Assert.Equal(404, (int)deletion["purged"]!["status"]!);
    }

    [Fact]
    public async Task Imports_a_key()
    {
        await using var vault = await StartAsync();
        var imported = await NodeScenario.RunAsync("imported", vault);

        Assert.Equal("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", (string?)imported["x"]);
        Assert.True((bool)imported["local"]!);
    }

    [Fact]
    public async Task Waits_as_it_is_told_to_when_throttled()
    {
        await using var vault = await StartAsync();
        vault.Throttle.Scale = 0.01;        // 40 signatures
        vault.Throttle.Window = TimeSpan.FromSeconds(2);
        var throttled = await NodeScenario.RunAsync("throttled", vault);

        Assert.Equal(60, (int)throttled["succeeded"]!);
        Assert.InRange(vault.Calls.Count(call => call is { Operation: "sign", Token: not null }), 61, 70);        // at least one answered 429, and none hammered
    }

    private static async Task<StandInVault> StartAsync(TimeSpan settling = default)
    {
        var vault = await StandInVault.StartAsync(settling: settling);
        vault.Tokens.Register("sdk", "sdk-secret", VaultRole.CryptoOfficer);
        return vault;
    }

    private static string Sorted(JsonNode policy)
    {
        var action = policy["lifetimeActions"]![0]!;
        return new JsonObject
        {
            ["expiresIn"] = (string?)policy["expiresIn"],
            ["lifetimeActions"] = new JsonArray(new JsonObject { ["timeBeforeExpiry"] = (string?)action["timeBeforeExpiry"], ["action"] = (string?)action["action"] }),
        }.ToJsonString();
    }
}
