namespace IdJagBroker.Storage.PrivateCluster;

/// <summary>Where a private cluster lives and how much it must survive.</summary>
public sealed record PrivatePostgresOptions
{
    /// <summary>The cluster's own folder, kept between runs; null is a temporary one that goes with this process.</summary>
    public string? Directory { get; init; }

    /// <summary>False turns off <c>fsync</c> and <c>full_page_writes</c>, and vacuums less often: for functional tests only, a crash of the machine loses the data.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>The database that the connection string names; made when it is missing.</summary>
    public string Database { get; init; } = "idjag";

    /// <summary>Server binaries other than the ones <see cref="PostgresBinaries.Locate"/> finds.</summary>
    public PostgresBinaries? Binaries { get; init; }

    /// <summary>A cluster for one test run.</summary>
    public static PrivatePostgresOptions Temporary { get; } = new() { Durable = false };
}
