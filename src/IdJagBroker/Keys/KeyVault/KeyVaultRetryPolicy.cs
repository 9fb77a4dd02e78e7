using Azure.Core;
using Azure.Core.Pipeline;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Azure.Core's retries, but few, out of a budget, and none that makes things worse: not on 429 (the circuit waits), not when the
/// vault named a time (the deadline is shorter), not for what must not happen twice.
/// </summary>
internal sealed class KeyVaultRetryPolicy(RetryBudget budget)
    : RetryPolicy(MaxRetries, DelayStrategy.CreateExponentialDelayStrategy(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200)))
{
    private const int MaxRetries = 2;

    /// <summary>Marks a message that makes a key: a second attempt could make a second one.</summary>
    public static void Once(HttpMessage message) => message.SetProperty(typeof(KeyVaultRetryPolicy), true);

    protected override async ValueTask<bool> ShouldRetryAsync(HttpMessage message, Exception? exception) =>
        !message.TryGetProperty(typeof(KeyVaultRetryPolicy), out _)
        && (!message.HasResponse || exception is not null || (message.Response.Status >= 500 && !message.Response.Headers.Contains("Retry-After")))
        && await base.ShouldRetryAsync(message, exception)
        && budget.TrySpend();

    protected override bool ShouldRetry(HttpMessage message, Exception? exception) =>
        throw new NotSupportedException("The vault is called asynchronously.");
}
