using System.Diagnostics;
using System.Text.Json.Nodes;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>What the client makes of a vault in trouble: which exception, how soon, and at what cost to the vault.</summary>
public sealed class FailureTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Surfaces_429_at_once_and_asks_no_more_while_Retry_After_lasts()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(429, "3"));
        var watch = Stopwatch.StartNew();
        var throttled = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
        Assert.Equal(TimeSpan.FromSeconds(3), throttled.RetryAfter);

        for (var i = 0; i < 50; i++)
        {
            var again = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
            Assert.InRange(again.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
        }
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"{watch.Elapsed}");
        Assert.Single(session.Vault.Calls);
        session.Vault.Faults.Clear();
        await Task.Delay(TimeSpan.FromSeconds(3.1) - watch.Elapsed, Ct);
        await session.SignAsync(key);
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("0", 1)]
    [InlineData("86400", 10)]
    [InlineData("nonsense", 1)]
    public async Task Waits_at_least_one_second_and_at_most_ten_after_429(string? retryAfter, int seconds)
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(429, retryAfter));

        var throttled = await Assert.ThrowsAsync<KeyVaultThrottledException>(() => session.SignAsync(key));
        Assert.Equal(TimeSpan.FromSeconds(seconds), throttled.RetryAfter);
    }

    [Fact]
    public async Task Does_not_hammer_a_vault_that_throttles_and_is_back_when_it_is()
    {
        await using var session = await VaultSession.StartAsync();
        session.Vault.Throttle.Scale = 0.005;       // 20 operations
        session.Vault.Throttle.Window = TimeSpan.FromSeconds(2);
        var key = await session.SigningKeyAsync();
        var (succeeded, throttled) = (0, 0);
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(5);
        while (TimeProvider.System.GetUtcNow() < end)
        {
            try
            {
                await session.SignAsync(key);
                succeeded++;
            }
            catch (KeyVaultThrottledException)
            {
                throttled++;
                await Task.Delay(5, Ct);
            }
        }

        Assert.InRange(succeeded, 40, 80);
        Assert.True(throttled > 50, $"{throttled}");
        Assert.InRange(session.Vault.Calls.Count, succeeded, succeeded * 1.2);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task Makes_at_most_a_fifth_more_calls_to_a_vault_that_fails(int status)
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(status));
        const int asked = 60;
        for (var i = 0; i < asked; i++) await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.InRange(session.Vault.Calls.Count, 1, asked * 1.2);
        Assert.True(session.Vault.Calls.Count <= 5 + 3 + 2, $"{session.Vault.Calls.Count}: the circuit did not open");
    }

    [Fact]
    public void Spends_no_more_retries_than_calls_have_earned()
    {
        var budget = new RetryBudget();
        var spent = 0;
        for (var call = 0; call < 1000; call++)
        {
            budget.Earn();
            while (budget.TrySpend()) spent++;
        }

        Assert.InRange(spent, 90, 103);
    }

    [Fact]
    public async Task Tries_again_after_a_passing_failure()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        foreach (var fault in new[] { Fault.Status(503), Fault.Status(500), Fault.Reset })
        {
            session.Vault.Faults.Next(1, fault);
            session.Vault.ForgetCalls();

            Assert.Equal(64, (await session.SignAsync(key)).Length);
            Assert.Equal(2, session.Vault.Calls.Count);
        }
    }

    [Fact]
    public async Task Does_not_wait_for_a_vault_that_names_a_time()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(503, "5"));
        var watch = Stopwatch.StartNew();
        var unavailable = await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.Equal(TimeSpan.FromSeconds(5), unavailable.RetryAfter);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"{watch.Elapsed}");
        Assert.Single(session.Vault.Calls);
    }

    [Fact]
    public async Task Makes_a_key_once_only_whatever_happens()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        foreach (var fault in new[] { Fault.Status(503), Fault.Reset })
        {
            session.Vault.Faults.Next(1, fault);
            session.Vault.ForgetCalls();

            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.RotateKeyAsync("signing", Ct));
            Assert.Single(session.Vault.Calls);
        }
    }

    [Fact]
    public async Task Gives_up_after_two_seconds_when_the_vault_hangs()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Delay(TimeSpan.FromSeconds(30)));
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(1.1), TimeSpan.FromSeconds(2.3));
    }

    [Fact]
    public async Task Gives_up_after_two_seconds_when_retries_hang_too_and_the_first_connection_was_reset()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Reset);
        var watch = Stopwatch.StartNew();
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2.3), $"{watch.Elapsed}");
    }

    [Fact]
    public async Task Waits_longer_for_a_key_to_be_made()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Next(1, Fault.Delay(TimeSpan.FromSeconds(2.5)));

        Assert.NotNull(await session.Client.RotateKeyAsync("signing", Ct));
    }

    [Fact]
    public async Task Asks_a_failing_vault_once_a_second_and_is_back_within_two()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(500));
        for (var i = 0; i < 10; i++) await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));
        session.Vault.ForgetCalls();
        var failing = Stopwatch.StartNew();
        while (failing.Elapsed < TimeSpan.FromSeconds(2.5))
        {
            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));
            await Task.Delay(5, Ct);
        }
        Assert.InRange(session.Vault.Calls.Count, 1, 4);

        session.Vault.Faults.Clear();
        var back = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await session.SignAsync(key);
                break;
            }
            catch (KeyVaultUnavailableException) when (back.Elapsed < TimeSpan.FromSeconds(5))
            {
                await Task.Delay(20, Ct);
            }
        }
        Assert.True(back.Elapsed < TimeSpan.FromSeconds(2), $"{back.Elapsed}");
    }

    [Fact]
    public async Task Leaves_the_callers_own_cancellation_to_the_caller()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Delay(TimeSpan.FromSeconds(30)));
        using var leaving = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.Client.SignAsync(key.Id, JwsAlgorithm.ES256, VaultSession.Digest(), leaving.Token));
    }

    [Fact]
    public async Task Is_refused_a_disabled_version()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        Assert.False((await session.Client.SetEnabledAsync(key.Id, false, Ct)).Attributes.Enabled);
        session.Vault.ForgetCalls();

        var refused = await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.SignAsync(key));
        Assert.Equal((403, "KeyDisabled"), (refused.Status, refused.Code));
        Assert.Single(session.Vault.Calls);
        await session.Client.SetEnabledAsync(key.Id, true, Ct);
        await session.SignAsync(key);
    }

    [Fact]
    public async Task Is_refused_an_unknown_key_and_a_deleted_version()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        var unknown = await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.Client.GetKeyAsync("nobody", Ct));
        Assert.Equal((404, "KeyNotFound"), (unknown.Status, unknown.Code));

        var gone = key with { Id = key.Id with { Version = new string('0', 32) } };
        Assert.Equal("KeyNotFound", (await Assert.ThrowsAsync<KeyVaultRefusedException>(() => session.SignAsync(gone))).Code);
    }

    [Fact]
    public async Task Is_refused_a_key_of_another_type()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync(VaultKeyKind.Rsa(2048));

        Assert.Equal((400, "BadParameter"), await RefusalAsync(() => session.SignAsync(key)));
    }

    [Fact]
    public async Task Is_refused_what_its_role_does_not_allow()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Desk.Role = VaultRole.CryptoUser;
        session.Vault.Tokens.Revoke(session.Desk.LastToken);

        await session.SignAsync(key);
        Assert.Equal((403, "ForbiddenByRbac"), await RefusalAsync(() => session.Client.RotateKeyAsync("signing", Ct)));
        Assert.Equal((403, "ForbiddenByRbac"), await RefusalAsync(() => session.Client.CreateKeyAsync("other", VaultKeyKind.P256, ["sign"], Ct)));
    }

    [Fact]
    public async Task Keeps_the_vaults_own_text_out_of_what_it_throws_and_logs()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        foreach (var status in new[] { 400, 403, 404, 409, 429, 500, 503 })
        {
            session.Vault.Faults.Next(3, Fault.Status(status));
            var failure = await Assert.ThrowsAnyAsync<KeyVaultException>(() => session.SignAsync(key));
            Assert.DoesNotContain("stand-in", failure.ToString(), StringComparison.Ordinal);
            if (status is 429) await Task.Delay(1100, Ct);
        }
        Assert.All(session.Log.Lines, line => Assert.DoesNotContain("stand-in", line.Text, StringComparison.Ordinal));
    }

    public static TheoryData<string, Action<JsonObject>> Tampered => new()
    {
        { "shorter signature", answer => answer["value"] = new string('A', 84) },
        { "longer signature", answer => answer["value"] = new string('A', 88) },
        { "no base64url", answer => answer["value"] = "****" },
        { "no text", answer => answer["value"] = 7 },
        { "nothing", answer => answer.Remove("value") },
        { "another vault", answer => answer["kid"] = ((string)answer["kid"]!).Replace("contoso", "fabrikam", StringComparison.Ordinal) },
        { "another host", answer => answer["kid"] = ((string)answer["kid"]!).Replace("vault.azure.net", "evil.example", StringComparison.Ordinal) },
        { "another key", answer => answer["kid"] = ((string)answer["kid"]!).Replace("signing", "other", StringComparison.Ordinal) },
        { "another version", answer => answer["kid"] = ((string)answer["kid"]!)[..^32] + new string('0', 32) },
        { "no version", answer => answer["kid"] = ((string)answer["kid"]!)[..^33] },
        { "no id", answer => answer.Remove("kid") },
    };

    [Theory, MemberData(nameof(Tampered), DisableDiscoveryEnumeration = true)]
    public async Task Uses_no_signature_that_is_not_what_it_asked_for(string what, Action<JsonObject> change)
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(change));
        var failure = await Record.ExceptionAsync(() => session.SignAsync(key));

        Assert.True(failure is KeyVaultUnavailableException, $"{what}: {failure}");
        session.Vault.Faults.Clear();
        Assert.Equal(64, (await session.SignAsync(key)).Length);
    }

    public static TheoryData<string, Action<JsonObject>> TamperedKeys => new()
    {
        { "another vault", answer => answer["key"]!["kid"] = ((string)answer["key"]!["kid"]!).Replace("contoso", "fabrikam", StringComparison.Ordinal) },
        { "another key", answer => answer["key"]!["kid"] = ((string)answer["key"]!["kid"]!).Replace("signing", "other", StringComparison.Ordinal) },
        { "no version", answer => answer["key"]!["kid"] = ((string)answer["key"]!["kid"]!)[..^33] },
        { "a point off its curve", answer => answer["key"]!["x"] = new string('A', 43) },
        { "a short point", answer => answer["key"]!["x"] = "AAAA" },
        { "no point", answer => answer["key"]!.AsObject().Remove("y") },
        { "a symmetric key", answer => answer["key"]!["kty"] = "oct-HSM" },
        { "no key", answer => answer.Remove("key") },
        { "no attributes", answer => answer.Remove("attributes") },
        { "no time", answer => answer["attributes"]!["created"] = "yesterday" },
    };

    [Theory, MemberData(nameof(TamperedKeys), DisableDiscoveryEnumeration = true)]
    public async Task Uses_no_key_that_is_not_what_it_asked_for(string what, Action<JsonObject> change)
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(change));
        var failure = await Record.ExceptionAsync(() => session.Client.GetKeyAsync("signing", Ct));

        Assert.True(failure is KeyVaultUnavailableException, $"{what}: {failure}");
    }

    [Theory]
    [InlineData("https://evil.example/keys?api-version=7.4&$skiptoken=1")]
    [InlineData("https://fabrikam.vault.azure.net/keys?api-version=7.4&$skiptoken=1")]
    [InlineData("http://contoso.vault.azure.net/keys?api-version=7.4&$skiptoken=1")]
    [InlineData("https://evil@contoso.vault.azure.net/keys?api-version=7.4&$skiptoken=1")]
    public async Task Takes_its_token_to_no_other_place_for_the_next_page(string next)
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(answer => answer["nextLink"] = next));

        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(Ct));
        Assert.Single(session.Vault.Calls);
    }

    [Fact]
    public async Task Does_not_list_for_ever()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(answer => answer["nextLink"] = $"https://{VaultSession.Host}/keys?api-version=7.4"));

        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(Ct));
    }

    [Fact]
    public async Task Reads_no_answer_without_end()
    {
        await using var session = await VaultSession.StartAsync();
        await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Change(answer => answer["padding"] = new string('A', 300_000)));

        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.GetKeyAsync("signing", Ct));
    }

    private static async Task<(int Status, string Code)> RefusalAsync(Func<Task> act)
    {
        var refused = await Assert.ThrowsAsync<KeyVaultRefusedException>(act);
        return (refused.Status, refused.Code);
    }
}
