using Azure.Core;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// The one token for a vault. Whoever needs it waits for the same request, up to its own deadline; the request itself goes on, so a slow
/// identity provider is answered by the next call. A token is renewed in the background before it expires.
/// </summary>
internal sealed class VaultTokens(TokenCredential credential, TimeProvider time)
{
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewedAhead = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PauseBetweenRenewals = TimeSpan.FromSeconds(30);

    private sealed record Held(KeyVaultChallenge For, string Token, DateTimeOffset RenewOn, DateTimeOffset ExpiresOn);

    private readonly Lock _lock = new();
    private Held? _held;
    private (KeyVaultChallenge For, Task<Held> Task)? _request;
    private DateTimeOffset _nextRenewal;

    /// <summary>A token that answers the challenge.</summary>
    /// <exception cref="Azure.Identity.AuthenticationFailedException">There is none to be had.</exception>
    public async ValueTask<string> GetAsync(KeyVaultChallenge challenge, CancellationToken ct)
    {
        Task<Held> request;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_held is { } held && challenge.AsksTheSameAs(held.For) && now < held.ExpiresOn)
            {
                if (now >= held.RenewOn && now >= _nextRenewal) Renew(challenge, now);
                return held.Token;
            }
            request = RequestFor(challenge);
        }
        return (await request.WaitAsync(ct)).Token;
    }

    /// <summary>Forgets a token that the vault did not accept, whatever its lifetime says.</summary>
    public void Reject(string token)
    {
        lock (_lock)
        {
            if (_held?.Token == token) _held = null;
        }
    }

    private void Renew(KeyVaultChallenge challenge, DateTimeOffset now)
    {
        _nextRenewal = now + PauseBetweenRenewals;
        RequestFor(challenge);      // a failure is tried again; when the old token has expired, a call meets it
    }

    private Task<Held> RequestFor(KeyVaultChallenge challenge)
    {
        if (_request is { Task.IsCompleted: false } running && running.For == challenge) return running.Task;
        var task = Task.Run(() => RequestAsync(challenge));
        _ = task.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        _request = (challenge, task);
        return task;
    }

    private async Task<Held> RequestAsync(KeyVaultChallenge challenge)
    {
        using var deadline = new CancellationTokenSource(RequestDeadline, time);
        var context = new TokenRequestContext([challenge.Scope], null, challenge.Claims, challenge.TenantId, isCaeEnabled: true);
        var token = await credential.GetTokenAsync(context, deadline.Token);
        var now = time.GetUtcNow();
        var life = token.ExpiresOn - now;
        var ahead = life / 5 < RenewedAhead ? life / 5 : RenewedAhead;
        var held = new Held(challenge, token.Token, token.RefreshOn ?? token.ExpiresOn - ahead, token.ExpiresOn);
        lock (_lock) _held = held;
        return held;
    }
}
