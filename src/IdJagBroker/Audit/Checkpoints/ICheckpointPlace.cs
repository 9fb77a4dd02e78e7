namespace IdJagBroker.Audit.Checkpoints;

/// <summary>
/// A second place for checkpoints, out of the reach of whoever administers the database: what is there once is never written over. Each
/// is a class that is registered as a service; another kind touches nothing else.
/// </summary>
internal interface ICheckpointPlace
{
    /// <summary>For operators.</summary>
    string Name { get; }

    /// <summary>Writes a note under the size of its tree, and is content if exactly that is there already.</summary>
    /// <exception cref="CheckpointDiffersException">Another note of that size is there: one of the two logs is not this one.</exception>
    /// <exception cref="IOException">It could not be written; tried again.</exception>
    /// <exception cref="HttpRequestException">The same.</exception>
    Task PutAsync(long size, string note, CancellationToken ct);
}

/// <summary>The second place has another checkpoint of that size: the database was restored, replaced, or rewritten.</summary>
internal sealed class CheckpointDiffersException(string place, long size) : Exception($"{place} has another checkpoint of size {size}.");
