namespace IdJagBroker.Egress;

/// <summary>What one call may cost, and where it may go.</summary>
/// <param name="MaxBytes">The largest body read; a longer one is a failure, never a part.</param>
/// <param name="Patience">For everything, from resolving the name to the last byte.</param>
/// <param name="PrivateNetwork">Whether an administrator registered the host as one of the enterprise's own network.</param>
internal sealed record EgressLimits(int MaxBytes, TimeSpan Patience, bool PrivateNetwork);
