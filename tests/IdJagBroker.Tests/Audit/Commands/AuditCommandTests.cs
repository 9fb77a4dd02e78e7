using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Audit.Proof;

namespace IdJagBroker.Tests.Audit.Commands;

public sealed class AuditCommandTests : IAsyncLifetime
{
    private TestLog _log = null!;
    private string _exportKey = null!;

    public async ValueTask InitializeAsync()
    {
        _log = await TestLog.WithAsync(600);
        await _log.ExportAsync();
        _exportKey = Write("export.jwk", System.Text.Encoding.UTF8.GetString(new JsonWebKeySet([_log.ExportSigner.PublicKey]).ToUtf8()));
    }

    public ValueTask DisposeAsync()
    {
        _log.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void A_good_export_is_status_0()
    {
        var (status, text, _) = Run("verify", _log.Directory, "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey, "--since", Write("kept", _log.Earlier[300]));
        Assert.Equal(0, status);
        Assert.Contains("600 of 600 events are as the log recorded them: all of 0 to 599.", text);
        Assert.EndsWith("Nothing is wrong." + Environment.NewLine, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Findings_are_status_1_and_say_what_and_where()
    {
        List<byte[]> lines = [.. _log.ReadPart("events-00002.ndjson.gz")];
        lines.RemoveAt(16);
        _log.WritePart("events-00002.ndjson.gz", lines);
        await _log.ResealAsync();
        string[] command = ["verify", _log.Directory, "--log-key", Write("log.vkey", _log.LogKey.ToVkey()), "--export-key", _exportKey];

        var (status, text, _) = Run(command);
        Assert.Equal(1, status);
        Assert.Contains("events-00002.ndjson.gz:17: Event 216 is missing. [event_missing]", text);
        (status, text, _) = Run([.. command, "--output", "json"]);
        Assert.Equal(1, status);
        using var json = JsonDocument.Parse(text);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(600, json.RootElement.GetProperty("checkpoint").GetProperty("size").GetInt64());
        var finding = Assert.Single(json.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(("event_missing", 216, 17, "events-00002.ndjson.gz"), (finding.GetProperty("kind").GetString(), finding.GetProperty("seq").GetInt32(), finding.GetProperty("line").GetInt32(), finding.GetProperty("file").GetString()));
    }

    [Fact]
    public void A_strangers_words_do_not_move_the_cursor()
    {
        var report = new BundleReport([new BundleFinding(FindingKind.Line, "bad \u001b[2J\r") { File = "a\u0007" }], null, 0);
        Assert.DoesNotContain(BundleReportText.ToText(report), c => char.IsControl(c) && c is not '\n');
    }

    [Fact]
    public void What_cannot_be_looked_at_is_told()
    {
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Unusable("no directory", "verify", "/nowhere", "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey);
        Unusable("Give the directory", "verify", "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey);
        Unusable("Give --log-key", "verify", _log.Directory, "--export-key", _exportKey);
        Unusable("Give --log-key", "verify", _log.Directory, "--log-key", _log.LogKey.ToVkey());
        Unusable("no public key", "verify", _log.Directory, "--log-key", "x", "--export-key", _exportKey);
        Unusable("no public key", "verify", _log.Directory, "--log-key", Write("p384.pem", p384.ExportSubjectPublicKeyInfoPem()), "--export-key", _exportKey);
        Unusable("larger than", "verify", _log.Directory, "--log-key", Write("huge", new string('a', 70_000)), "--export-key", _exportKey);
        Unusable("not a signed note", "verify", _log.Directory, "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey, "--since", _exportKey);
        Unusable("cannot be read", "verify", _log.Directory, "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey, "--since", "/nowhere");
        Unusable("no '--nope'", "verify", _log.Directory, "--log-key", _log.LogKey.ToVkey(), "--export-key", _exportKey, "--nope");
        Unusable("Give --bundle", "prove", "--bundle", _log.Directory, "--event", "1", "--nope");
        Unusable("cannot be written", "prove", "--bundle", _log.Directory, "--event", "1", "--event-file", "/nowhere/line");
        Unusable("Give --bundle", "prove");
        Unusable("Give --bundle", "prove", _exportKey, "--event-file", _exportKey);
        Unusable("is no proof", "prove", _exportKey, "--event-file", _exportKey, "--log-key", _log.LogKey.ToVkey());
    }

    [Fact]
    public void An_event_is_proved_and_its_proof_verified_by_whoever_has_the_key()
    {
        var line = Path.Combine(_log.Directory, "line");
        var id = JsonDocument.Parse(_log.Lines[417]).RootElement.GetProperty("id").GetString()!;
        foreach (var name in new[] { "417", id })
        {
            var (status, proof, _) = Run("prove", "--bundle", _log.Directory, "--event", name, "--event-file", line, "--log-key", _log.LogKey.ToVkey());
            Assert.Equal(0, status);
            Assert.StartsWith("c2sp.org/tlog-proof@v1\nindex 417\n", proof, StringComparison.Ordinal);
            var file = Write("417.tlog-proof", proof);
            (status, var text, _) = Run("prove", file, "--event-file", line, "--log-key", _log.LogKey.ToVkey());
            Assert.Equal(0, status);
            Assert.Contains($"event 417 of the log {SampleEvents.Origin}", text);

            File.WriteAllBytes(line, [.. _log.Lines[417].AsSpan(1)]);
            (status, _, var error) = Run("prove", file, "--event-file", line, "--log-key", _log.LogKey.ToVkey());
            Assert.Equal(1, status);
            Assert.Contains("is not event 417", error);
        }
    }

    [Fact]
    public void What_is_not_in_a_bundle_or_not_as_recorded_is_not_proved()
    {
        Assert.Contains("no event 600", NotProved("600"));
        Assert.Contains("no event nothing", NotProved("nothing"));
        List<byte[]> lines = [.. _log.ReadPart("events-00001.ndjson.gz")];
        lines[5] = SampleEvents.Issued(5, "kid-9", TestLog.RevisionOf(TestLog.FirstPolicy));
        _log.WritePart("events-00001.ndjson.gz", lines);
        Assert.Contains("not what the log recorded", NotProved("5"));
        File.Delete(_log.PathOf("tile/0/000"));
        Assert.Contains("tile/0/000 is missing", NotProved("6"));
        File.Delete(_log.PathOf(BundleFiles.Checkpoint));
        Assert.Contains("missing", NotProved("6"));
    }

    private string NotProved(string which)
    {
        var (status, output, error) = Run("prove", "--bundle", _log.Directory, "--event", which);
        Assert.Equal((1, ""), (status, output));
        return error;
    }

    private static void Unusable(string why, params string[] args) => Assert.Contains(why, Assert.Throws<StartupFailedException>(() => Run(args)).Message);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_log.Directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int Status, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var status = AuditCommand.Create().Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = error });
        return (status, output.ToString(), error.ToString());
    }
}
