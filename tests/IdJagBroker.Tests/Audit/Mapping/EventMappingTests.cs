using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Mapping;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Tests.Audit.Catalogue;

namespace IdJagBroker.Tests.Audit.Mapping;

/// <summary>Our events as OCSF, CloudEvents and CEF: what is written, and what a stranger's text cannot do to it.</summary>
public sealed class EventMappingTests
{
    private static readonly string Golden = Path.Combine(AppContext.BaseDirectory, "golden");

    private static readonly MappedFormat[] Formats = [MappedFormat.Ocsf, MappedFormat.CloudEvents, MappedFormat.Cef];

    public static TheoryData<string> Files => [.. Directory.GetFiles(Golden, "*.txt").Select(path => Path.GetFileName(path))];

    [Fact]
    public void Every_type_of_the_catalogue_has_one_row_and_every_row_a_schema() =>
        Assert.Equal(EventCatalogue.Types.Order(StringComparer.Ordinal), EventMappings.All.Select(row => row.Type).Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Files))]
    public void An_event_of_each_family_is_written_as_it_was_agreed(string file)
    {
        var expected = File.ReadAllText(Path.Combine(Golden, file));
        var line = expected.Split('\n')[0];
        Assert.Empty(EventCatalogue.Faults(line));

        Actual.Equal(expected, string.Concat(Formats.Select(format => Write(format, line)).Prepend(line).Select(text => text + "\n")), file);
    }

    [Fact]
    public void Each_family_has_a_golden_event() =>
        Assert.Empty(EventMappings.All.Select(row => row.Type.Split('.')[0]).Except(Directory.GetFiles(Golden, "*.txt").Select(path => Path.GetFileName(path).Split('.')[0])));

    [Fact]
    public void The_table_in_the_reference_is_the_table_in_the_program() =>
        Actual.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "reference", "event-mappings.md")), EventMappingDocument.Text(), "event-mappings.md");

    [Theory, MemberData(nameof(Files))]
    public void What_is_json_is_in_canonical_form_and_holds_the_line_as_it_is(string file)
    {
        var line = File.ReadLines(Path.Combine(Golden, file)).First();
        foreach (var (format, where) in new[] { (MappedFormat.Ocsf, "\"unmapped\":{\"event\":"), (MappedFormat.CloudEvents, "{\"data\":") })
        {
            var written = Write(format, line);
            Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(written))), written);
            Assert.Contains(where + line, written, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("x suid=root cs1=admin")]
    [InlineData("x|10|forged")]
    [InlineData("x\\= suid=root")]
    [InlineData("x\\")]
    [InlineData("x\n<110>1 2026-11-28T00:00:00Z h idjag - - - CEF:0|forged")]
    [InlineData("x\r\nsuid=root")]
    [InlineData("x\u0085y\u2028z\u2029\u000b\u000c\u001b[2J")]
    [InlineData("x\u202egnp.exe")]
    public void Hostile_text_forges_no_field_and_no_line_of_cef(string hostile)
    {
        var calm = Write(MappedFormat.Cef, With("calm"));
        var cef = Write(MappedFormat.Cef, With(hostile));

        Assert.DoesNotContain(cef, character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u202e');
        Assert.Equal(Fields(calm).Keys, Fields(cef).Keys);
        var (before, after) = (Fields(calm), Fields(cef));
        Assert.All(before.Where(field => field.Value != "calm"), field => Assert.Equal(field.Value, after[field.Key]));
        var shown = string.Concat(hostile.Select(character => char.IsControl(character) || character is '\u2028' or '\u2029' or '\u202e' ? ' ' : character));
        Assert.All(before.Where(field => field.Value == "calm"), field => Assert.Equal(shown, after[field.Key]));

        static string With(string text)
        {
            var e = JsonNode.Parse(File.ReadLines(Path.Combine(Golden, "idjag.issued.txt")).First())!;
            (e["ua"], e["reason"], e["actor"]!["key"]) = (text, text, text);
            return e.ToJsonString();
        }
    }

    [Theory]
    [InlineData("idjag.is|sued", "idjag.is|sued")]
    [InlineData("a\n<110>1 x", "a_<110>1_x")]
    public void A_hostile_type_or_machine_name_forges_no_header(string hostile, string safe)
    {
        var e = JsonNode.Parse(File.ReadLines(Path.Combine(Golden, "idjag.issued.txt")).First())!;
        (e["node"], e["type"]) = (hostile, hostile);
        var cef = Write(MappedFormat.Cef, e.ToJsonString());

        Assert.DoesNotContain('\n', cef);
        var syslog = cef[..cef.IndexOf(" CEF:", StringComparison.Ordinal)].Split(' ');
        Assert.Equal(7, syslog.Length);
        Assert.Equal((safe, safe), (syslog[2], syslog[5]));
        Assert.Equal((hostile.Replace('\n', ' '), "3"), (Header(cef)[4].Replace("\\|", "|", StringComparison.Ordinal), Header(cef)[6]));
    }

    [Fact]
    public void A_type_of_another_version_is_told_as_it_is_called()
    {
        var e = JsonNode.Parse(File.ReadLines(Path.Combine(Golden, "log.checkpoint.txt")).First())!;
        e["type"] = "future.happened";

        Assert.Contains("|future.happened|future.happened|3|", Write(MappedFormat.Cef, e.ToJsonString()), StringComparison.Ordinal);
        Assert.Equal(300499, (int)JsonNode.Parse(Write(MappedFormat.Ocsf, e.ToJsonString()))!["type_uid"]!);
    }

    private static string Write(MappedFormat format, string line)
    {
        var output = new ArrayBufferWriter<byte>();
        MappedFormats.Write(format, Encoding.UTF8.GetBytes(line), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    // As a receiver reads CEF: a header field ends at a bar that is not escaped, a value before the last word that an unescaped = follows.
    private static string[] Header(string cef) => 
        new System.Text.RegularExpressions.Regex(@"(?<!\\)(?:\\\\)*\|").Split(cef[cef.IndexOf("CEF:", StringComparison.Ordinal)..], 8);

    private static Dictionary<string, string> Fields(string cef)
    {
        var extension = Header(cef)[7];
        var starts = System.Text.RegularExpressions.Regex.Matches(extension, @"(?:^| )(?<key>[A-Za-z0-9]+)=");
        return starts.Select((start, i) => (Key: start.Groups["key"].Value, Value: extension[(start.Index + start.Length)..(i + 1 < starts.Count ? starts[i + 1].Index : extension.Length)]))
            .ToDictionary(field => field.Key, field => field.Value.Replace("\\=", "=", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal));
    }
}

/// <summary>Compares with a file of the repository, and leaves what it should be where somebody can read and copy it.</summary>
internal static class Actual
{
    public static void Equal(string expected, string actual, string file)
    {
        if (expected != actual)
        {
            var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "actual")).FullName;
            File.WriteAllText(Path.Combine(folder, file), actual);
        }
        Assert.Equal(expected, actual);
    }
}
