using IdJagBroker.Audit;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Audit.Sequencing;
using Npgsql;

namespace IdJagBroker.Tests.Audit.Catalogue;

/// <summary>The schemas in <c>docs/reference/events</c>, and the check of what was really written against them.</summary>
internal static class EventCatalogue
{
    /// <summary>Where they are, copied beside the tests.</summary>
    public static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "docs", "reference", "events");

    private static readonly JsonSchema Envelope = Read("envelope");

    private static readonly Dictionary<string, JsonSchema> Schemas =
        Directory.GetFiles(Folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Where(name => name is not "envelope").ToDictionary(name => name, Read);

    /// <summary>The types that have a schema.</summary>
    public static IReadOnlyCollection<string> Types => Schemas.Keys;

    /// <summary>What is wrong with one line of the log.</summary>
    public static IReadOnlyList<string> Faults(string line)
    {
        var utf8 = Encoding.UTF8.GetBytes(line);
        var faults = new List<string>();
        if (!CanonicalJson.Canonicalize(utf8).AsSpan().SequenceEqual(utf8)) faults.Add("is not in canonical form");
        var e = JsonNode.Parse(line)!;
        faults.AddRange(Envelope.Faults(e));
        var type = (string?)e["type"] ?? "";
        if (Schemas.TryGetValue(type, out var schema)) faults.AddRange(schema.Faults(e["data"], "/data"));
        else faults.Add($"'{type}' has no schema: add docs/reference/events/{type}.json");
        return faults;
    }

    /// <summary>Every event that a broker wrote into its database, in the log or still on the way there, is as the catalogue says.</summary>
    public static async Task CheckAsync(string connectionString)
    {
        var wrong = new List<string>();
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select event, false from audit_event union all select event, true from audit_inbox", connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var line = reader.GetFieldValue<string>(0);
            if (IsMadeUp(line)) continue;
            var placed = reader.GetBoolean(1) ? Placed(line) : line;
            wrong.AddRange(Faults(placed).Select(fault => $"{fault} in {line}"));
            if (placed.Contains("\"type\":\"log.unreadable\"", StringComparison.Ordinal)) wrong.Add($"a broker wrote what is no event: {line}");
        }
        Assert.Empty(wrong);
    }

    // What a test of searching, following or sending put there itself: of its own node (AuditDesk), or by an actor of its own.
    private static bool IsMadeUp(string line) => JsonNode.Parse(line) is { } e && ((string?)e["node"] is "n" || (string?)e["actor"]?["key"] is "test");

    // As the sequencer would have placed it.
    private static string Placed(string line)
    {
        var (written, placed) = (new WrittenLine(), new CopyBuffer());
        var utf8 = Encoding.UTF8.GetBytes(line);
        if (!written.TryRead(utf8)) written.TryRead(EventLine.Of(UnreadableEvent.Of(utf8, DateTimeOffset.UnixEpoch)));
        written.WriteTo(placed, new LogPlace { Log = "\"waiting/audit\""u8, RecordedAt = "1970-01-01T00:00:00.000000Z"u8, Seq = 0 });
        return Encoding.UTF8.GetString(placed.Written);
    }

    private static JsonSchema Read(string name)
    {
        try
        {
            return JsonSchema.Parse(File.ReadAllText(Path.Combine(Folder, name + ".json")));
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}.json: {e.Message}", e);
        }
    }
}
