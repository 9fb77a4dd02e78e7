namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>A table whose rows end.</summary>
internal interface IExpiringRows
{
    /// <summary>Deletes up to <see cref="PostgresReplayGuard.DeletedAtOnce"/> rows that have expired; returns how many there were.</summary>
    Task<int> DeleteExpiredAsync(CancellationToken ct);
}
