namespace IdJagBroker.Keys;

/// <summary>
/// A key that may be asked only so often, and not while its vault is known to be away. Asked before anything is recorded, so that
/// overload leaves no record of a token that never was.
/// </summary>
internal interface IMeteredKey
{
    /// <summary>Sets one signature aside, or says when there is one again.</summary>
    bool TryReserve(out TimeSpan retryAfter);
}
