namespace IdJagBroker.McpAuthorization;

/// <summary>
/// Counts the uses of ID-JAGs from issuers that limit them (RAS-21), and of client assertions and DPoP proofs, each of which is good once
/// (POP-14). Replace it with a shared store as soon as there are two replicas. What it throws becomes a 503: an unavailable guard lets
/// nothing through (RAS-24).
/// </summary>
public interface IReplayGuard
{
    /// <summary>Counts one use, atomically, and tells whether it was within <see cref="IdJagUse.Limit"/>; if not, nothing is counted.</summary>
    ValueTask<bool> TryUseAsync(IdJagUse use, CancellationToken ct);

    /// <summary>Gives the counted use of an ID-JAG back, because no token was issued for it (RAS-22).</summary>
    ValueTask ReturnAsync(IdJagUse use, CancellationToken ct);
}
