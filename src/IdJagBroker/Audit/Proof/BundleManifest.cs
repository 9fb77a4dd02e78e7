using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IdJagBroker.Audit.Proof;

/// <summary>Which of a bundle's two kinds of files of events.</summary>
internal enum BundlePartKind
{
    /// <summary>What was asked for.</summary>
    Events,

    /// <summary>Events of keys and policies besides, without which those cannot be judged.</summary>
    Context,
}

/// <summary>One file of events.</summary>
/// <param name="Number">From 1, in its kind.</param>
/// <param name="First">The <c>seq</c> of its first event.</param>
/// <param name="Bytes">The length of the file.</param>
/// <param name="RawBytes">The length of what it unpacks to.</param>
/// <param name="Sha256">Of the file, in lower-case hex.</param>
internal sealed record BundlePart(BundlePartKind Kind, int Number, long Events, long First, long Last, long Bytes, long RawBytes, string Sha256)
{
    public string Name => NameOf(Kind, Number);

    public static string NameOf(BundlePartKind kind, int number) =>
        $"{(kind is BundlePartKind.Events ? "events" : "context")}-{number.ToString("00000", CultureInfo.InvariantCulture)}.ndjson.gz";
}

/// <summary>What a bundle holds; the export key signs it.</summary>
/// <param name="Log">The log's name.</param>
/// <param name="From">The first <c>seq</c> asked for.</param>
/// <param name="To">The <c>seq</c> after the last.</param>
/// <param name="Filter">A JSON object: what else was asked for; null if nothing, so that every event between is there.</param>
/// <param name="CheckpointSize">The size of the newest checkpoint, to which all is proved.</param>
/// <param name="Checkpoints">The sizes of the earlier ones.</param>
internal sealed record BundleManifest(
    string Log, DateTimeOffset MadeAt, long From, long To, string? Filter, long CheckpointSize, IReadOnlyList<long> Checkpoints, IReadOnlyList<BundlePart> Parts)
{
    /// <summary>The longest manifest read.</summary>
    public const int MaxBytes = 32 * 1024 * 1024;

    private const string Format = "idjag-export/1";
    private const int MaxParts = 100_000;

    public long Events => Parts.Where(part => part.Kind is BundlePartKind.Events).Sum(part => part.Events);

    /// <summary>The file, in canonical form.</summary>
    public byte[] ToUtf8()
    {
        var output = new ArrayBufferWriter<byte>(4096);
        var json = new CanonicalJsonWriter(output);
        json.StartObject();
        Number(json, "checkpoint", CheckpointSize);
        json.Name("checkpoints");
        json.StartArray();
        foreach (var size in Checkpoints) json.Number(size);
        json.EndArray();
        if (Filter is not null)
        {
            json.Name("filter");
            CanonicalJson.Write(Encoding.UTF8.GetBytes(Filter), json);
        }
        Text(json, "format", Format);
        Number(json, "from", From);
        Text(json, "log", Log);
        Text(json, "made_at", EventTime.Write(MadeAt));
        json.Name("parts");
        json.StartArray();
        foreach (var part in Parts) Write(part, json);
        json.EndArray();
        Number(json, "to", To);
        json.EndObject();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a manifest; never throws on what a stranger wrote.</summary>
    public static bool TryParse(byte[] utf8, [NotNullWhen(true)] out BundleManifest? manifest)
    {
        manifest = null;
        try
        {
            if (!CanonicalJson.Canonicalize(utf8.AsMemory()).AsSpan().SequenceEqual(utf8)) return false;
            using var document = JsonDocument.Parse(utf8);
            var json = document.RootElement;
            if (json.GetProperty("format").GetString() is not Format || json.GetProperty("parts").GetArrayLength() > MaxParts) return false;
            if (!EventTime.TryParse(Encoding.UTF8.GetBytes(json.GetProperty("made_at").GetString()!), out var ticks)) return false;
            var filter = json.TryGetProperty("filter", out var asked) ? asked : default;
            if (filter.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object)) return false;
            manifest = new BundleManifest(
                json.GetProperty("log").GetString()!, new DateTimeOffset(ticks, TimeSpan.Zero), json.GetProperty("from").GetInt64(), json.GetProperty("to").GetInt64(),
                filter.ValueKind is JsonValueKind.Object ? filter.GetRawText() : null, json.GetProperty("checkpoint").GetInt64(),
                [.. json.GetProperty("checkpoints").EnumerateArray().Select(size => size.GetInt64())], [.. json.GetProperty("parts").EnumerateArray().Select(Part)]);
            return manifest.IsSound();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    internal static void Write(BundlePart part, CanonicalJsonWriter json)
    {
        json.StartObject();
        Number(json, "bytes", part.Bytes);
        Number(json, "events", part.Events);
        Number(json, "first", part.First);
        Number(json, "last", part.Last);
        Text(json, "name", part.Name);
        Number(json, "raw_bytes", part.RawBytes);
        Text(json, "sha256", part.Sha256);
        json.EndObject();
    }

    internal static BundlePart Part(JsonElement json)
    {
        var name = json.GetProperty("name").GetString()!;
        var kind = name.StartsWith('e') ? BundlePartKind.Events : BundlePartKind.Context;
        if (name.Split('-', '.') is not [_, { Length: 5 } digits, ..] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || BundlePart.NameOf(kind, number) != name) throw new FormatException("That is no name of a part.");         // and so no path that leads elsewhere
        return new BundlePart(
            kind, number, json.GetProperty("events").GetInt64(), json.GetProperty("first").GetInt64(), json.GetProperty("last").GetInt64(),
            json.GetProperty("bytes").GetInt64(), json.GetProperty("raw_bytes").GetInt64(), json.GetProperty("sha256").GetString()!);
    }

    // Parts of each kind are numbered from 1 and follow each other; what is below relies on it.
    private bool IsSound()
    {
        foreach (var kind in Enum.GetValues<BundlePartKind>())
        {
            var (number, last) = (0, -1L);
            foreach (var part in Parts.Where(part => part.Kind == kind))
            {
                if (part.Number != ++number || part.First <= last || part.Last < part.First || part.Events < 1) return false;
                last = part.Last;
            }
        }
        return From >= 0 && To >= From && To <= CheckpointSize && Checkpoints.All(size => size >= 0 && size < CheckpointSize);
    }

    private static void Number(CanonicalJsonWriter json, string name, long value)
    {
        json.Name(name);
        json.Number(value);
    }

    private static void Text(CanonicalJsonWriter json, string name, string value)
    {
        json.Name(name);
        json.String(value);
    }
}
