namespace IdJagBroker.LiveTests;

/// <summary>Tests on the groups that people really have. Bound to <c>Policies:LiveTests</c>.</summary>
internal sealed class LiveTestOptions
{
    /// <summary>Where the files of tests are; not set: those of <c>Broker:Policies</c>, unless the policy comes from a database, where nothing is run at night then.</summary>
    public string? Directory { get; set; }

    /// <summary>When they are run every night (UTC).</summary>
    public TimeOnly At { get; set; } = new(2, 0);
}
