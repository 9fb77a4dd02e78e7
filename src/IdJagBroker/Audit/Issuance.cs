using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>What is about to be issued, and how it came about.</summary>
/// <param name="Attempt">The request and all that was found out about it.</param>
/// <param name="IdJag">The claims.</param>
/// <param name="SubjectIsRandom">Whether <c>sub</c> is a random id of ours, which the log may hold; an upstream's own id it may not.</param>
internal sealed record Issuance(IssuanceAttempt Attempt, IdJag IdJag, bool SubjectIsRandom);
