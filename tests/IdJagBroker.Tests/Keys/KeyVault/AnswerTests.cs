using System.Text.Json.Nodes;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.StandIn;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>What the client takes for an answer: what it asked for, and nothing else.</summary>
public sealed class AnswerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

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

    [Fact]
    public async Task Uses_no_other_version_than_the_one_that_it_asked_for()
    {
        await using var session = await VaultSession.StartAsync();
        var first = await session.SigningKeyAsync();
        var second = await session.Client.RotateKeyAsync("signing", Ct);
        Assert.Equal(first.Id, (await session.Client.GetKeyAsync(first.Id, Ct)).Id);
        session.Vault.Faults.Always(Fault.Change(answer => answer["key"]!["kid"] = second.Id.ToString()));

        await Assert.ThrowsAsync<KeyVaultUnavailableException>(() => session.Client.GetKeyAsync(first.Id, Ct));
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
}
