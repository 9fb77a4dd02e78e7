namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Retries that the calls have earned: each call earns a tenth, and a few are in hand at the start. A vault in trouble so gets at most
/// a tenth more calls, and not three times as many, from its clients.
/// </summary>
internal sealed class RetryBudget
{
    private const double EarnedByCall = 0.1;
    private const double InHand = 3;

    private readonly Lock _lock = new();
    private double _retries = InHand;

    public void Earn()
    {
        lock (_lock) _retries = Math.Min(InHand, _retries + EarnedByCall);
    }

    public bool TrySpend()
    {
        lock (_lock)
        {
            if (_retries < 1) return false;
            _retries--;
            return true;
        }
    }
}
