using System.Net;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.StandIn;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>A broker whose vault is in trouble: no token, soon said, and all is well again afterwards.</summary>
public sealed class VaultOutageTests(BrokerPostgres postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<long> CountAsync(VaultBroker vault, string type)
    {
        await using var connection = new Npgsql.NpgsqlConnection(vault.Broker.ConnectionString);
        await connection.OpenAsync(Ct);
        await using var command = new Npgsql.NpgsqlCommand($"select count(*) from {Sql.Log} where type = '{type}'", connection);
        return (long)(await command.ExecuteScalarAsync(Ct))!;
    }

    public static TheoryData<string> Troubles =>
        ["429", "429 without a time", "500", "503", "503 with a time", "hangs", "resets", "401", "403", "404", "redirects", "another's signature", "no signature", "half an answer"];

    private static Fault FaultOf(string trouble) => trouble switch
    {
        "429" => Fault.Status(429, "2"),
        "429 without a time" => Fault.Status(429),
        "500" => Fault.Status(500),
        "503" => Fault.Status(503),
        "503 with a time" => Fault.Status(503, "1"),
        "hangs" => Fault.Delay(TimeSpan.FromSeconds(30)),
        "resets" => Fault.Reset,
        "401" => Fault.Status(401),
        "403" => Fault.Status(403),
        "404" => Fault.Status(404),
        "redirects" => Fault.Redirect("https://127.0.0.1:1/"),
        "another's signature" => Fault.Change(answer => answer["value"] = System.Buffers.Text.Base64Url.EncodeToString(new byte[64])),
        "no signature" => Fault.Change(answer => answer["value"] = ""),
        _ => Fault.Change(answer => answer.Remove("value")),
    };

    [Theory, MemberData(nameof(Troubles))]
    public async Task Answers_503_with_a_time_to_come_back_and_is_back_soon(string trouble)
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        await vault.IsGrantedAsync();
        vault.Vault.Faults.Always(FaultOf(trouble), call => call.Operation is "sign");

        await vault.IsUnavailableAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => vault.IsUnavailableAsync()));
        await vault.IsUnavailableAsync();
        vault.Vault.Faults.Clear();
        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Asks_a_throttled_vault_nothing_before_its_time_and_records_nothing_for_it()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        vault.Vault.Faults.Next(1, Fault.Status(429, "3"), call => call.Operation is "sign");
        Assert.Equal(TimeSpan.FromSeconds(3), (await vault.ExchangeAsync()).Headers.RetryAfter?.Delta);       // the vault's word, not ours
        vault.Vault.ForgetCalls();
        var before = await CountAsync(vault, "idjag.issued");
        var answer = await vault.ExchangeAsync();

        VaultBroker.IsRefusedForNow(answer);
        Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        Assert.Empty(vault.Vault.Calls);
        Assert.Equal(before, await CountAsync(vault, "idjag.issued"));
        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Signs_no_more_with_a_version_that_is_disabled_or_deleted_until_that_is_undone()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var version = new Uri((await vault.ActiveAsync()).Reference).AbsolutePath.TrimStart('/');
        foreach (var (method, path, undo) in new[]
        {
            (HttpMethod.Patch, version, (HttpMethod.Patch, version)),
            (HttpMethod.Delete, $"keys/{VaultBroker.KeyName}", (HttpMethod.Post, $"deletedkeys/{VaultBroker.KeyName}/recover")),
        })
        {
            await vault.OperateAsync(method, path, new() { ["attributes"] = new System.Text.Json.Nodes.JsonObject { ["enabled"] = false } });
            await vault.IsUnavailableAsync();
            await vault.IsUnavailableAsync();
            await vault.OperateAsync(undo.Item1, undo.Item2, new() { ["attributes"] = new System.Text.Json.Nodes.JsonObject { ["enabled"] = true } });
            await vault.RecoversAsync();
        }
    }

    [Fact]
    public async Task Gets_nothing_of_a_vault_that_moved_to_another_tenant()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var home = vault.Vault.Tokens.TenantId;
        vault.Vault.Tokens.TenantId = "99999999-2222-4333-8444-555555555555";
        await vault.IsUnavailableAsync();
        await vault.IsUnavailableAsync();

        vault.Vault.Tokens.TenantId = home;
        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Answers_503_from_the_moment_at_which_its_credential_expires_under_load()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, tokenLife: TimeSpan.FromHours(1));
        using var expired = new CancellationTokenSource();
        var statuses = new System.Collections.Concurrent.ConcurrentDictionary<HttpStatusCode, int>();
        async Task UntilAsync(HttpStatusCode status)
        {
            for (var tries = 0; tries < 200 && !statuses.ContainsKey(status); tries++) await Task.Delay(50, Ct);
        }
        var answers = Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            var seen = new List<TokenAnswer>();
            while (!expired.IsCancellationRequested)
            {
                seen.Add(await vault.ExchangeAsync());
                statuses[seen[^1].Status] = 1;
            }
            return seen;
        }));
        await UntilAsync(HttpStatusCode.OK);
        vault.Vault.Tokens.Revoke(vault.Token);
        await UntilAsync(HttpStatusCode.ServiceUnavailable);
        await expired.CancelAsync();
        var all = (await answers).SelectMany(seen => seen).ToList();

        Assert.Contains(all, answer => answer.Status is HttpStatusCode.OK);
        Assert.Contains(all, answer => answer.Status is HttpStatusCode.ServiceUnavailable);
        foreach (var answer in all)
        {
            if (answer.Status is HttpStatusCode.OK) await vault.VerifiedAsync(answer); else VaultBroker.IsRefusedForNow(answer);
        }
        vault.Vault.Tokens.Renew(vault.Token, VaultRole.CryptoUser);
        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Answers_what_is_above_its_share_at_once_without_a_call_and_without_a_record()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, settings: ["--Keys:Vault:Share=0.05"]);
        vault.Vault.ForgetCalls();
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(_ => vault.ExchangeAsync()));

        var granted = answers.Where(answer => answer.Status is HttpStatusCode.OK).ToList();
        var refused = answers.Except(granted).ToList();
        Assert.NotEmpty(granted);
        Assert.NotEmpty(refused);
        Assert.All(refused, VaultBroker.IsRefusedForNow);
        // By this key; the others may have had to wait for their share before they could be tried.
        Assert.Equal(granted.Count, vault.Vault.Calls.Count(call => call.Operation is "sign" && call.Path.Contains(VaultBroker.KeyName, StringComparison.Ordinal)));
        Assert.Equal(granted.Count, await CountAsync(vault, "idjag.issued"));
        Assert.Equal(0, await CountAsync(vault, "idjag.sign_failed"));
        await vault.RecoversAsync();
    }

    [Theory]
    [InlineData("resets"), InlineData("hangs"), InlineData("503"), InlineData("429")]
    public async Task Starts_without_its_vault_and_is_ready_when_that_returns(string trouble)
    {
        await using var vault = await VaultBroker.StartAsync(postgres, before: vault =>
        {
            vault.Vault.Faults.Always(FaultOf(trouble));
            return Task.CompletedTask;
        });
        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(), StringComparison.Ordinal);
        await vault.IsUnavailableAsync();

        vault.Vault.Faults.Clear();
        await vault.IsWholeAgainAsync(notBefore: trouble is "429" ? TimeSpan.FromSeconds(2) : default);
    }

    [Fact]
    public async Task Opens_all_keys_of_a_vault_at_the_first_look_after_its_return()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        using var ring = ActivatorUtilities.CreateInstance<SigningKeyRing>(vault.Broker.Services);
        var slots = vault.Broker.Services.GetRequiredService<KeyNeeds>().Slots;
        vault.Vault.Faults.Always(Fault.Status(503));
        await ring.ReloadAsync(Ct);
        await ring.ReloadAsync(Ct);         // five failures: from here on one call at a time finds out
        Assert.All(slots, slot => Assert.False(ring.IsReady([slot])));
        vault.Vault.Faults.Clear();
        await Task.Delay(TimeSpan.FromSeconds(1.2), Ct);

        await ring.ReloadAsync(Ct);
        Assert.True(ring.IsReady(slots), "some keys wait for another look");
    }

    [Theory]
    [InlineData("RSA", false), InlineData("EC", true)]
    public async Task Is_not_ready_with_a_key_of_another_type_or_one_that_can_leave_the_vault(string type, bool exportable)
    {
        await using var vault = await VaultBroker.StartAsync(postgres, before: vault => vault.MakeKeyAsync(VaultBroker.KeyName, type, exportable));

        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(), StringComparison.Ordinal);
        await vault.IsUnavailableAsync();
        Assert.DoesNotContain(vault.Vault.Calls, call => call.Operation is "sign" && call.Path.Contains(VaultBroker.KeyName, StringComparison.Ordinal));
    }
}
