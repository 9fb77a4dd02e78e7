using System.Text.Json.Nodes;
using IdJagBroker.Demo.Walk;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>One sign-in that an application asked for, with a state, nonce and verifier of its own.</summary>
internal sealed class SignInAttempt(CodeFlow flow, Uri address, Task<AuthorizationResponse> answer, IssuerKeys keys, bool isPublic)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Where the browser goes first.</summary>
    public string Url { get; } = address.AbsoluteUri;

    /// <summary>What the answer must bring back.</summary>
    public string State => flow.State;

    /// <summary>What the ID Token must carry.</summary>
    public string Nonce => flow.Nonce;

    /// <summary>The answer to it, once it is there.</summary>
    public Task<AuthorizationResponse> AnswerAsync() => answer.WaitAsync(Patience);

    /// <summary>What the token endpoint gives for the code of the answer.</summary>
    public async Task<SignInTokens> RedeemAsync()
    {
        var code = (await AnswerAsync()).Code;
        Assert.NotNull(code);
        return await flow.RedeemAsync(code, default, isPublic ? [("client_secret", null)] : []);
    }

    /// <summary>The claims of the ID Token that the code is good for, its signature verified.</summary>
    public async Task<JsonObject> ClaimsAsync()
    {
        var tokens = await RedeemAsync();
        Assert.Null(tokens.Error);
        return await keys.ReadAsync(tokens.IdToken!);
    }
}
