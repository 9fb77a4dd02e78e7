using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Audit.Retention;

/// <summary>How long the log is kept in the database, and where it goes then. Bound to <c>Audit:Retention</c>.</summary>
internal sealed class RetentionOptions
{
    /// <summary>How old the newest event of a month must be. The database has a limit of its own, 400 d, which its owner sets.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "36500.00:00:00")]
    public TimeSpan Hot { get; set; } = TimeSpan.FromDays(400);

    /// <summary>The directory of the archive, best on a disk that nobody writes twice. Empty: nothing is ever taken away.</summary>
    public string Archive { get; set; } = "";
}
