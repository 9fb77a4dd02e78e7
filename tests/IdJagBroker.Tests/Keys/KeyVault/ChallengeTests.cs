using Azure.Identity;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;
using Microsoft.Extensions.Logging;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>How the client authenticates: what it sends before it knows who asks, to whom a token goes, and when it gets another.</summary>
public sealed class ChallengeTests
{
    [Fact]
    public async Task Sends_the_first_request_without_token_and_body_and_again_with_both()
    {
        await using var session = await VaultSession.StartAsync();
        await session.Client.CreateKeyAsync("signing", VaultKeyKind.P256, ["sign"], TestContext.Current.CancellationToken);

        Assert.Equal([(null, true), (session.Desk.LastToken, false)], session.Vault.Calls.Select(call => (call.Token, call.BodyBytes is 0)));
        var asked = Assert.Single(session.Desk.Asked);
        Assert.Equal(["https://vault.azure.net/.default"], asked.Scopes);
        Assert.Equal(session.Vault.Tokens.TenantId, asked.TenantId);
    }

    [Fact]
    public async Task Asks_once_for_all_calls_even_if_they_come_at_once()
    {
        await using var session = await VaultSession.StartAsync();
        session.Desk.Delay = TimeSpan.FromMilliseconds(100);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => session.Client.ListKeysAsync(TestContext.Current.CancellationToken)));

        Assert.Single(session.Desk.Asked);
        Assert.Single(session.Vault.Calls, call => call.Token is null);
        Assert.Equal(21, session.Vault.Calls.Count);
    }

    [Theory]
    [InlineData("https://management.azure.com")]
    [InlineData("https://azure.net")]
    [InlineData("https://evil.example")]
    [InlineData("https://fake-vault.azure.net")]
    [InlineData("https://vault.azure.net.evil.example")]
    public async Task Asks_for_no_token_when_the_challenge_is_for_somebody_elses_resource(string resource)
    {
        await using var session = await VaultSession.StartAsync();
        session.Vault.Faults.Always(Fault.AskFor($"Bearer authorization=\"https://login.microsoftonline.com/{session.Vault.Tokens.TenantId}\", resource=\"{resource}\""));
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(TestContext.Current.CancellationToken));

        Assert.Empty(session.Desk.Asked);
        Assert.All(session.Vault.Calls, call => Assert.Null(call.Token));
        Assert.Contains(session.Log.Lines, line => line is { Level: LogLevel.Error, Id: 1802 });
    }

    [Fact]
    public async Task Sends_no_token_when_a_vault_turns_to_somebody_elses_resource_later()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.AskFor("Bearer authorization=\"https://login.microsoftonline.com/evil\", resource=\"https://management.azure.com\""));
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));

        Assert.Single(session.Desk.Asked);
        Assert.DoesNotContain(session.Desk.Asked, asked => asked.Scopes.Any(scope => scope.Contains("management", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Basic realm=\"vault\"")]
    [InlineData("Bearer resource=\"https://vault.azure.net\"")]
    [InlineData("Bearer authorization=\"http://login.microsoftonline.com/tenant\", resource=\"https://vault.azure.net\"")]
    [InlineData("Bearer authorization=\"https://login.microsoftonline.com/tenant\"")]
    [InlineData("Bearer authorization=\"https://login.microsoftonline.com/tenant\", resource=\"vault\"")]
    [InlineData("Bearer authorization=\"https://login.microsoftonline.com/ten%20ant\", resource=\"https://vault.azure.net\"")]
    [InlineData("Bearer authorization=\"https://login.microsoftonline.com/tenant\", resource=\"https://vault.azure.net\", resource=\"https://evil.example\"")]
    public async Task Asks_for_no_token_when_it_cannot_read_the_challenge(string challenge)
    {
        await using var session = await VaultSession.StartAsync();
        session.Vault.Faults.Always(Fault.AskFor(challenge));
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(TestContext.Current.CancellationToken));

        Assert.Empty(session.Desk.Asked);
    }

    [Fact]
    public async Task Reads_the_older_form_of_a_challenge()
    {
        await using var session = await VaultSession.StartAsync();
        session.Vault.Faults.Next(1, Fault.AskFor($"Bearer authorization_uri=\"https://login.windows.net/{session.Vault.Tokens.TenantId}\", scope=\"https://vault.azure.net/.default\""));

        Assert.Empty(await session.Client.ListKeysAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Follows_a_vault_into_another_tenant()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Tokens.TenantId = "99999999-2222-4333-8444-555555555555";
        await session.SignAsync(key);
        await session.SignAsync(key);

        Assert.Equal(["11111111-2222-4333-8444-555555555555", "99999999-2222-4333-8444-555555555555"], session.Desk.Asked.Select(asked => asked.TenantId));
        Assert.Equal(3, session.Vault.Calls.Count);
    }

    [Fact]
    public async Task Gets_a_new_token_when_the_vault_no_longer_takes_the_old_one()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Tokens.Revoke(session.Desk.LastToken);
        await session.SignAsync(key);

        Assert.Equal(2, session.Desk.Asked.Count);
    }

    [Fact]
    public async Task Passes_claims_on_that_the_vault_asks_for()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        const string claims = """{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}""";
        var encoded = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(claims));
        session.Vault.Faults.Next(1, Fault.AskFor($"Bearer authorization=\"https://login.windows.net/{session.Vault.Tokens.TenantId}\", resource=\"https://vault.azure.net\", error=\"insufficient_claims\", claims=\"{encoded}\""));
        await session.SignAsync(key);

        Assert.Equal([null, claims], session.Desk.Asked.Select(asked => asked.Claims));
        Assert.All(session.Desk.Asked, asked => Assert.True(asked.IsCaeEnabled));
    }

    [Fact]
    public async Task Loses_no_call_when_tokens_expire_under_load()
    {
        await using var session = await VaultSession.StartAsync();
        session.Desk.Lifetime = TimeSpan.FromSeconds(1);
        var key = await session.SigningKeyAsync();
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(4);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            while (TimeProvider.System.GetUtcNow() < end)
            {
                Assert.Equal(64, (await session.SignAsync(key)).Length);
                await Task.Delay(5);
            }
        }));

        Assert.InRange(session.Desk.Asked.Count, 4, 40);
    }

    [Fact]
    public async Task Renews_a_token_before_it_expires_without_making_anybody_wait()
    {
        var clock = new ShiftedTime();
        await using var session = await VaultSession.StartAsync(time: clock);
        var key = await session.SigningKeyAsync();
        session.Desk.Delay = TimeSpan.FromSeconds(6);
        clock.Shift = TimeSpan.FromMinutes(56);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await session.SignAsync(key);

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1.8), $"{watch.Elapsed}");
        for (var waited = 0; session.Desk.Asked.Count < 2 && waited < 100; waited++) await Task.Delay(50);
        Assert.Equal(2, session.Desk.Asked.Count);
    }

    [Fact]
    public async Task Says_that_the_vault_is_unavailable_without_credentials_and_recovers_with_them()
    {
        await using var session = await VaultSession.StartAsync();
        session.Desk.Failure = new CredentialUnavailableException("no managed identity, secret-canary");
        var unavailable = await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(TestContext.Current.CancellationToken));
        Assert.IsType<CredentialUnavailableException>(unavailable.InnerException, exactMatch: false);

        session.Desk.Failure = null;
        Assert.Empty(await session.Client.ListKeysAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Waits_for_credentials_no_longer_than_for_the_vault_and_uses_them_when_they_come()
    {
        await using var session = await VaultSession.StartAsync(limits: new KeyVaultLimits { Deadline = TimeSpan.FromSeconds(1) });
        session.Desk.Delay = TimeSpan.FromSeconds(2);
        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.ListKeysAsync(TestContext.Current.CancellationToken));
        await Task.Delay(1500);

        Assert.Empty(await session.Client.ListKeysAsync(TestContext.Current.CancellationToken));
        Assert.Single(session.Desk.Asked);
    }

    [Fact]
    public async Task Never_logs_a_token()
    {
        await using var session = await VaultSession.StartAsync();
        var key = await session.SigningKeyAsync();
        session.Vault.Faults.Always(Fault.Status(500));
        for (var i = 0; i < 8; i++) await Assert.ThrowsAnyAsync<KeyVaultException>(() => session.SignAsync(key));

        Assert.NotEmpty(session.Log.Lines);
        Assert.All(session.Log.Lines, line => Assert.DoesNotContain(session.Desk.LastToken, line.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Signs_in_with_Azure_Identity_and_a_federated_token()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "federated-token-of-the-cluster");
        try
        {
            await using var session = await VaultSession.StartAsync(credential: vault =>
            {
                vault.Tokens.Register("broker", "federated-token-of-the-cluster", VaultRole.CryptoOfficer);
                return new WorkloadIdentityCredential(new WorkloadIdentityCredentialOptions
                {
                    TenantId = vault.Tokens.TenantId,
                    ClientId = "broker",
                    TokenFilePath = file,
                    AuthorityHost = vault.Url,
                    DisableInstanceDiscovery = true,
                    Transport = KeyVaultTransport.Over(VaultSession.Handler(vault)),
                });
            });
            var key = await session.SigningKeyAsync();
            await session.SignAsync(key);

            Assert.Equal(1, session.Vault.Tokens.Requests);
            Assert.All(session.Vault.Calls, call => Assert.NotNull(call.Token));

            // The credential stays with its own directory, whatever a vault asks.
            session.Vault.Tokens.TenantId = "99999999-2222-4333-8444-555555555555";
            await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.SignAsync(key));
            Assert.Equal(1, session.Vault.Tokens.Requests);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
