namespace IdJagBroker.Audit;

/// <summary>Who did what an event tells of, as the log names them.</summary>
/// <param name="Kind"><c>admin</c>, <c>system</c>, …</param>
/// <param name="Key">Which of that kind.</param>
/// <param name="Role">A word that says what they are for, or null.</param>
/// <param name="Session">The <c>jti</c> of the access token that they act with, or null.</param>
internal abstract record Actor(string Kind, string Key, string? Role = null, string? Session = null);
