using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Audit.Exports;

/// <summary>Where exports of the log are made, and how long they are kept. Bound to <c>Audit:Exports</c>.</summary>
internal sealed class ExportOptions
{
    /// <summary>The directory; several replicas share one. Empty: <c>exports</c> in <c>State</c>.</summary>
    public string Directory { get; set; } = "";

    /// <summary>How long the files of an export are kept after its end.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan Keep { get; set; } = TimeSpan.FromDays(7);

    /// <summary>The most exports that wait, are made or have files; one more is refused with 409.</summary>
    [Range(1, 1_000)]
    public int MaxKept { get; set; } = 20;

    /// <summary>How many events one file has: what an interruption costs.</summary>
    [Range(100, 1_000_000)]
    public int EventsPerPart { get; set; } = 100_000;
}
