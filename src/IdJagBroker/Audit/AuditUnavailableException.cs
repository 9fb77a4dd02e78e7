namespace IdJagBroker.Audit;

/// <summary>The event could not be made durable in time. Whatever it was to record does not happen (<c>AUDIT_UNAVAILABLE</c>).</summary>
internal sealed class AuditUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
