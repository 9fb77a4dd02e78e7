namespace IdJagBroker.Audit;

/// <summary>The database was told to commit and did not answer: what was written may stand or not.</summary>
internal sealed class CommitUnknownException(Exception inner) : Exception("The database did not say whether it committed.", inner);
