using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Exports;

/// <summary>Something in the database that is not as the log has it.</summary>
/// <param name="Seq">The event that it is about, if it is one.</param>
/// <param name="Sentence">What it is, in words.</param>
internal sealed record ExportFinding(long? Seq, string Sentence)
{
    public JsonObject ToJson()
    {
        var json = new JsonObject { ["sentence"] = Sentence };
        if (Seq is { } seq) json["seq"] = seq;
        return json;
    }

    public static ExportFinding Of(JsonElement json) => new(json.TryGetProperty("seq", out var seq) ? seq.GetInt64() : null, json.GetProperty("sentence").GetString()!);
}

/// <summary>
/// What one export is of, settled when it begins and kept in its directory: whoever goes on after an interruption makes the same, whatever
/// was recorded since.
/// </summary>
/// <param name="Filter">Which events between the two.</param>
/// <param name="From">The first <c>seq</c>.</param>
/// <param name="To">The <c>seq</c> after the last.</param>
/// <param name="CheckpointSize">The checkpoint to which all is proved.</param>
/// <param name="MadeAt">When it began.</param>
internal sealed record ExportOrder(ExportFilter Filter, long From, long To, long CheckpointSize, DateTimeOffset MadeAt)
{
    public string ToJson() => new JsonObject
    {
        ["checkpoint"] = CheckpointSize, ["filter"] = Filter.ToJson(), ["from"] = From, ["made_at"] = MadeAt.ToString("O", CultureInfo.InvariantCulture), ["to"] = To,
    }.ToJsonString();

    /// <exception cref="InvalidDataException">It is not what <see cref="ToJson"/> wrote.</exception>
    public static ExportOrder Parse(string json)
    {
        try
        {
            var order = JsonElement.Parse(json);
            return new ExportOrder(
                ExportFilter.Parse(order.GetProperty("filter").GetRawText()), order.GetProperty("from").GetInt64(), order.GetProperty("to").GetInt64(),
                order.GetProperty("checkpoint").GetInt64(), DateTimeOffset.Parse(order.GetProperty("made_at").GetString()!, CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException("What was begun in the directory cannot be read.", e);
        }
    }
}

/// <summary>What became of an export.</summary>
/// <param name="Order">What it is of.</param>
/// <param name="Manifest">Null if it was given up: then the findings say why.</param>
internal sealed record ExportResult(ExportOrder Order, BundleManifest? Manifest, IReadOnlyList<ExportFinding> Findings)
{
    /// <summary>The length of its files together.</summary>
    public long Bytes { get; init; }

    /// <summary>The SHA-256 of <c>manifest.json</c>, which names every part by its own.</summary>
    public string Sha256 { get; init; } = "";
}
