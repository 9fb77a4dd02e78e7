using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.StandIn;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>Keys that never leave their vault: which versions become keys of the broker, and which can be opened.</summary>
public sealed class VaultKeysTests(BrokerPostgres postgres)
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<SigningKeyRow?> CreateAsync(VaultBroker vault, DateTimeOffset? now = null)
    {
        var slot = (await vault.ActiveAsync()).Slot;
        return await vault.Provider.CreateAsync(slot, [.. (await vault.RowsAsync()).Where(row => row.Slot == slot)], now ?? Now, Ct);
    }

    private static Task RefusesAsync(VaultBroker vault, SigningKeyRow row) => Assert.ThrowsAsync<SigningUnavailableException>(() => vault.Provider.OpenAsync(row, Ct));

    [Fact]
    public async Task Signs_each_token_in_the_vault_with_a_key_that_the_jwks_has()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var row = await vault.ActiveAsync();
        vault.Vault.ForgetCalls();

        for (var i = 1; i <= 3; i++)
        {
            await vault.IsGrantedAsync();
            Assert.Equal(i, vault.Calls("sign"));
        }
        Assert.All(vault.Vault.Calls, call => Assert.Equal(new Uri(row.Reference).AbsolutePath + "/sign", call.Path));
        Assert.Equal("ready", await vault.Broker.ReadinessAsync());
        Assert.Equal(("vault", null, null), (row.Provider, row.Wrapped, row.Provenance));
    }

    [Fact]
    public async Task Makes_keys_that_cannot_leave_the_vault_and_do_nothing_but_sign()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);

        foreach (var (name, type) in new[] { (VaultBroker.KeyName, "EC"), ("idjag-id-jag-rs256", "RSA") })
        {
            var key = await vault.Client.GetKeyAsync(name, Ct);
            Assert.Equal((type, false, false), (key.Kind.KeyType, key.Exportable, key.Kind.InHardware));
            Assert.Equal(["sign", "verify"], key.Operations.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task Makes_its_keys_in_hardware_and_under_another_name_where_it_is_told_to()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, settings: ["--Keys:Vault:Hardware=true", "--Keys:Vault:KeyPrefix=acme-"]);
        await vault.IsGrantedAsync();

        foreach (var key in await vault.Client.ListKeysAsync(Ct)) Assert.True((await vault.Client.GetKeyAsync(key.Id.Name, Ct)).Kind.InHardware);
        Assert.Equal(
            ["acme-access-token-es256", "acme-audit-checkpoint-es256", "acme-audit-export-es256", "acme-client-assertion-rs256", "acme-id-jag-es256", "acme-id-jag-rs256", "acme-id-token-es256", "acme-id-token-rs256", "idjag-wrapping"],
            (await vault.Client.ListKeysAsync(Ct)).Select(key => key.Id.Name));
    }

    [Fact]
    public async Task Asks_the_vault_for_the_next_version()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var row = (await CreateAsync(vault))!;

        Assert.Equal(1, vault.Calls("rotate"));
        Assert.Equal((await vault.Client.GetKeyAsync(VaultBroker.KeyName, Ct)).Id.ToString(), row.Reference);
        Assert.NotEqual((await vault.ActiveAsync()).Kid, row.Kid);
        await StartSignature.ProveAsync(await vault.Provider.OpenAsync(row, Ct), Ct);
    }

    [Fact]
    public async Task Takes_up_a_version_that_somebody_made_in_the_vault()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var made = await vault.OperateAsync(HttpMethod.Post, $"keys/{VaultBroker.KeyName}/rotate");
        vault.Vault.ForgetCalls();
        var row = (await CreateAsync(vault))!;

        Assert.Equal((string)made["key"]!["kid"]!, row.Reference);
        Assert.Equal(0, vault.Calls("rotate") + vault.Calls("create"));
    }

    [Fact]
    public async Task Takes_up_no_version_that_is_older_than_those_it_had()
    {
        string? older = null;
        await using var vault = await VaultBroker.StartAsync(postgres, before: async vault =>
        {
            older = (string)(await vault.MakeKeyAsync())["key"]!["kid"]!;
            await Task.Delay(TimeSpan.FromSeconds(1.1), Ct);        // the vault's times are whole seconds
            await vault.MakeKeyAsync();
        });
        Assert.NotEqual(older, (await vault.ActiveAsync()).Reference);
        vault.Vault.ForgetCalls();

        Assert.NotEqual(older, (await CreateAsync(vault))!.Reference);
        Assert.Equal(1, vault.Calls("rotate"));
    }

    [Fact]
    public async Task Takes_up_no_version_that_is_disabled_and_none_before_its_time()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        foreach (var attributes in new[] { """{"enabled": false}""", $$"""{"nbf": {{Now.AddHours(1).ToUnixTimeSeconds()}}}""" })
        {
            var made = (string)(await vault.OperateAsync(HttpMethod.Post, $"keys/{VaultBroker.KeyName}/rotate"))["key"]!["kid"]!;
            await vault.OperateAsync(HttpMethod.Patch, new Uri(made).AbsolutePath.TrimStart('/'), new() { ["attributes"] = System.Text.Json.Nodes.JsonNode.Parse(attributes) });
            Assert.NotEqual(made, (await CreateAsync(vault))!.Reference);
        }
    }

    [Fact]
    public async Task Takes_up_no_key_that_it_had_under_another_version()
    {
        using var imported = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var jwk = IdJagBroker.Shared.TestIdp.Jwk(imported, "imported");
        (jwk["d"], jwk["key_ops"]) = (System.Buffers.Text.Base64Url.EncodeToString(imported.ExportParameters(true).D!), new System.Text.Json.Nodes.JsonArray("sign", "verify"));
        System.Text.Json.Nodes.JsonObject Import() => new() { ["key"] = jwk.DeepClone() };
        await using var vault = await VaultBroker.StartAsync(postgres, before: vault => vault.OperateAsync(HttpMethod.Put, $"keys/{VaultBroker.KeyName}", Import()));
        var first = await vault.ActiveAsync();
        await vault.OperateAsync(HttpMethod.Put, $"keys/{VaultBroker.KeyName}", Import());

        Assert.NotEqual(first.Kid, (await CreateAsync(vault))!.Kid);
    }

    [Fact]
    public async Task Makes_no_version_each_second_where_new_ones_are_not_usable_yet()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        vault.Vault.Faults.Always(Fault.Change(answer => answer["attributes"]!["nbf"] = Now.AddHours(1).ToUnixTimeSeconds()), call => call.Operation is "rotate");
        await Assert.ThrowsAsync<SigningUnavailableException>(() => CreateAsync(vault));
        foreach (var version in await vault.Client.ListVersionsAsync(VaultBroker.KeyName, Ct))
            if (version.Id.ToString() != (await vault.ActiveAsync()).Reference) await vault.Client.SetEnabledAsync(version.Id, enabled: false, Ct);

        Assert.Null(await CreateAsync(vault, Now.AddSeconds(30)));
        Assert.Equal(1, vault.Calls("rotate"));
    }

    [Fact]
    public async Task Takes_up_no_key_that_can_leave_the_vault_and_none_of_another_type()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var active = await vault.ActiveAsync();
        foreach (var (type, exportable, code) in new[] { ("EC", true, "KeyExportable"), ("RSA", false, "KeyTypeMismatch") })
        {
            var version = new Uri((string)(await vault.MakeKeyAsync(VaultBroker.KeyName, type, exportable))["key"]!["kid"]!).AbsolutePath.TrimStart('/');
            vault.Vault.ForgetCalls();

            var refused = await Assert.ThrowsAsync<SigningUnavailableException>(() => CreateAsync(vault));
            Assert.Contains(code, refused.Message, StringComparison.Ordinal);
            Assert.Equal(0, vault.Calls("rotate") + vault.Calls("create"));         // or each turn would make one more
            await vault.OperateAsync(HttpMethod.Patch, version, new() { ["attributes"] = new System.Text.Json.Nodes.JsonObject { ["enabled"] = false } });
        }
        Assert.Equal(active.Kid, (await vault.ActiveAsync()).Kid);
        await vault.IsGrantedAsync();
    }

    [Fact]
    public async Task Takes_a_versions_end_for_its_own()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var made = (string)(await vault.OperateAsync(HttpMethod.Post, $"keys/{VaultBroker.KeyName}/rotate"))["key"]!["kid"]!;
        var end = DateTimeOffset.FromUnixTimeSeconds(Now.AddDays(40).ToUnixTimeSeconds());
        await vault.OperateAsync(HttpMethod.Patch, new Uri(made).AbsolutePath.TrimStart('/'), new()
        {
            ["attributes"] = new System.Text.Json.Nodes.JsonObject { ["exp"] = end.ToUnixTimeSeconds() },
        });

        Assert.Equal(end, (await CreateAsync(vault))!.NotAfter);
    }

    [Fact]
    public async Task Waits_for_an_operator_where_it_may_not_rotate_and_asks_no_more_than_once_a_minute()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, role: VaultRole.CryptoUser, before: async vault =>
        {
            await vault.MakeKeyAsync();
            await vault.MakeKeyAsync("idjag-id-jag-rs256", "RSA");
        });
        await vault.IsGrantedAsync();
        vault.Vault.ForgetCalls();

        Assert.Null(await CreateAsync(vault));
        Assert.Null(await CreateAsync(vault, Now.AddSeconds(30)));
        Assert.Equal(1, vault.Calls("rotate"));
        Assert.Null(await CreateAsync(vault, Now.AddSeconds(61)));
        Assert.Equal(2, vault.Calls("rotate"));
        var made = await vault.OperateAsync(HttpMethod.Post, $"keys/{VaultBroker.KeyName}/rotate");
        Assert.Equal((string)made["key"]!["kid"]!, (await CreateAsync(vault, Now.AddSeconds(62)))!.Reference);
    }

    [Fact]
    public async Task Becomes_ready_by_itself_when_an_operator_makes_the_keys_that_it_may_not_make()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, role: VaultRole.CryptoUser);
        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(), StringComparison.Ordinal);
        await vault.IsUnavailableAsync();

        await vault.MakeKeyAsync();
        await vault.MakeKeyAsync("idjag-id-jag-rs256", "RSA");
        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Opens_no_other_key_than_was_recorded_and_none_of_another_vault()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        var row = await vault.ActiveAsync();
        await vault.Provider.OpenAsync(row, Ct);
        var next = (await CreateAsync(vault))!;

        await RefusesAsync(vault, row with { Reference = next.Reference });
        await RefusesAsync(vault, row with { Reference = $"{vault.Vault.Url}keys/{VaultBroker.KeyName}" });      // whatever is current
        await RefusesAsync(vault, row with { Reference = "https://contoso.vault.azure.net/" + new Uri(row.Reference).AbsolutePath.TrimStart('/') });
        await RefusesAsync(vault, row with { Place = "contoso.vault.azure.net" });
        await RefusesAsync(vault, row with { Algorithm = "RS256" });
        await vault.Client.SetEnabledAsync(vault.Configured.IdOf(row.Reference), enabled: false, Ct);
        await RefusesAsync(vault, row);
    }

    [Fact]
    public async Task Shares_the_load_among_several_vaults()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, vaults: 3);
        foreach (var one in vault.Vaults) one.ForgetCalls();
        for (var i = 0; i < 30; i++) await vault.IsGrantedAsync();

        Assert.All(vault.Vaults, one => Assert.Equal(10, one.Calls.Count(call => call.Operation is "sign")));
        Assert.Equal(3, (await vault.RowsAsync()).Count(row => row is { State: KeyState.Active, Purpose: KeyPurpose.IdJag, Algorithm: "ES256" }));
    }

    [Fact]
    public async Task Passes_over_a_vault_that_is_away_once_that_is_known()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, vaults: 2);
        vault.Vault.Faults.Always(Fault.Reset);
        var refused = 0;
        for (var i = 0; i < 60; i++)
        {
            var answer = await vault.ExchangeAsync();
            if (answer.Status is System.Net.HttpStatusCode.OK) await vault.VerifiedAsync(answer); else VaultBroker.IsRefusedForNow(answer);
            refused += answer.Status is System.Net.HttpStatusCode.OK ? 0 : 1;
        }

        Assert.InRange(refused, 1, 15);     // the five that find out, and then one a second
        Assert.Equal("ready", await vault.Broker.ReadinessAsync());
        vault.Vault.Faults.Clear();
        vault.Vault.ForgetCalls();
        await Task.Delay(TimeSpan.FromSeconds(2), Ct);
        for (var i = 0; i < 10; i++) await vault.IsGrantedAsync();
        Assert.Equal(5, vault.Calls("sign"));
    }

    [Fact]
    public async Task Passes_over_a_key_that_its_vault_refuses_to_sign_with()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, vaults: 2);
        var version = vault.Configured.IdOf((await vault.RowsAsync()).Single(row => row.Place == vault.Configured.Place && row is { Purpose: KeyPurpose.IdJag, Algorithm: "ES256" }).Reference);
        await vault.Client.SetEnabledAsync(version, enabled: false, Ct);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var refused = 0;
        for (var i = 0; i < 60; i++) refused += (await vault.ExchangeAsync()).Status is System.Net.HttpStatusCode.OK ? 0 : 1;

        Assert.InRange(refused, 1, 1 + (int)watch.Elapsed.TotalSeconds);     // one a second finds out whether that has changed
    }

    [Fact]
    public async Task Uses_one_budget_for_all_keys_of_a_vault()
    {
        await using var vault = await VaultBroker.StartAsync(postgres, settings: ["--Keys:Vault:Share=0.05"]);
        var es = (IMeteredKey)await vault.Provider.OpenAsync(await vault.ActiveAsync(), Ct);
        var rs = (IMeteredKey)await vault.Provider.OpenAsync(await vault.ActiveAsync("RS256"), Ct);
        while (es.TryReserve(out _)) { }

        Assert.False(rs.TryReserve(out _));
    }
}
