using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Storage;

/// <summary>Where the one database is. Bound to <c>Database</c>.</summary>
internal sealed class DatabaseOptions
{
    /// <summary>An Npgsql connection string. In Development it may be empty: a private cluster is then started.</summary>
    [Required]
    public string ConnectionString { get; set; } = "";
}
