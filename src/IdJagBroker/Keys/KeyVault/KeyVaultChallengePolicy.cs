using Azure.Core;
using Azure.Core.Pipeline;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Key Vault's authentication: the first request goes without token and body, the 401 says which tenant and resource, and the request
/// goes again with both. The answer is kept for the vault, so later requests go once.
/// </summary>
internal sealed partial class KeyVaultChallengePolicy(VaultAddress vault, TokenCredential credential, TimeProvider time, ILogger log)
    : BearerTokenAuthenticationPolicy(credential, Array.Empty<string>()), IDisposable
{
    private const string BearerPrefix = "Bearer ";

    private readonly VaultTokens _tokens = new(credential, time);
    private readonly SemaphoreSlim _firstChallenge = new(1);
    private volatile KeyVaultChallenge? _challenge;

    /// <inheritdoc/>
    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (_challenge is not null)
        {
            await base.ProcessAsync(message, pipeline);
            return;
        }
        // One call finds out; a hundred at start would be two hundred.
        await _firstChallenge.WaitAsync(message.CancellationToken);
        try
        {
            if (_challenge is null)
            {
                await ProcessFirstAsync(message, pipeline);
                return;
            }
        }
        finally
        {
            _firstChallenge.Release();
        }
        await base.ProcessAsync(message, pipeline);
    }

    /// <inheritdoc/>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) =>
        throw new NotSupportedException("The vault is called asynchronously.");

    public void Dispose() => _firstChallenge.Dispose();

    /// <inheritdoc/>
    protected override async ValueTask AuthorizeRequestAsync(HttpMessage message)
    {
        if (_challenge is { } known) await AuthorizeAsync(message, known);
    }

    /// <inheritdoc/>
    protected override async ValueTask<bool> AuthorizeRequestOnChallengeAsync(HttpMessage message)
    {
        var header = message.Response.Headers.TryGetValue("WWW-Authenticate", out var value) ? value : null;
        if (KeyVaultChallenge.TryParse(header) is not { } challenge) return false;
        if (!vault.MayAskFor(challenge.Resource))
        {
            ForeignChallenge(log, vault, challenge.Resource);
            throw new KeyVaultUnavailableException("The vault asked for a token of somebody else's. None was sent.");
        }
        // A token that was sent and not accepted: expired by the vault's clock, revoked, or of a tenant that the vault has left.
        if (message.Request.Headers.TryGetValue("Authorization", out var sent)) _tokens.Reject(sent[BearerPrefix.Length..]);
        _challenge = challenge.WithoutClaims();
        if (message.TryGetProperty(typeof(KeyVaultChallengePolicy), out var body)) message.Request.Content = (RequestContent?)body;
        await AuthorizeAsync(message, challenge);
        return true;
    }

    // The body may be a key to wrap: it is not for whoever answers without having shown that he is the vault's service.
    private async ValueTask ProcessFirstAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        var body = message.Request.Content;
        message.SetProperty(typeof(KeyVaultChallengePolicy), body!);
        message.Request.Content = null;
        try
        {
            await base.ProcessAsync(message, pipeline);
        }
        finally
        {
            message.Request.Content = body;         // for a retry
        }
    }

    private async ValueTask AuthorizeAsync(HttpMessage message, KeyVaultChallenge challenge) =>
        message.Request.Headers.SetValue("Authorization", BearerPrefix + await _tokens.GetAsync(challenge, message.CancellationToken));

    [LoggerMessage(1802, LogLevel.Error, "Vault {Vault} asked for a token for {Resource}, which is not its own. No token was sent")]
    private static partial void ForeignChallenge(ILogger logger, VaultAddress vault, Uri resource);
}
