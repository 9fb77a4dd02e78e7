using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Storage;

/// <summary>Where the one database is. Bound to <c>Database</c>.</summary>
internal sealed class DatabaseOptions
{
    /// <summary>An Npgsql connection string. In Development it may be empty: a private cluster is then started.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";

    /// <summary>The same database as the role that may write the log proper (<c>idjag db grant</c>). Empty: <see cref="ConnectionString"/>'s role.</summary>
    public string Sequencer { get; set; } = "";

    /// <summary>The same database as the role that may take old partitions of the log away. Empty: <see cref="ConnectionString"/>'s role.</summary>
    public string Retention { get; set; } = "";
}
