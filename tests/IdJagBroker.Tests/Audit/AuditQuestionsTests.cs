using System.CommandLine;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Tests.Receipts;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Audit;

/// <summary>docs/how-to/audit-questions.md: each command and each call on that page is run as it stands there, and answers its question.</summary>
public sealed partial class AuditQuestionsTests(BrokerPostgres postgres) : IAsyncLifetime
{
    private readonly BrokerFixture _broker = new(postgres);
    private readonly ECDsa _authServer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly Dictionary<string, string> _variables = [];
    private string _here = "";

    public async ValueTask InitializeAsync()
    {
        await _broker.StartAsync(["--Audit:Checkpoints:Every=00:00:01"], changeCatalog: catalog => ReceiptDesk.Reporting(catalog, _authServer, _authServer));
        _here = Directory.CreateDirectory(Path.Combine(_broker.State, "auditor")).FullName;
        await PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _authServer.Dispose();
    }

    [Fact]
    public async Task Every_command_and_call_answers_its_question()
    {
        var run = 0;
        foreach (var (number, line) in Lines())
        {
            var answer = await RunAsync(line);
            Assert.True(IsAnswer(number, line, answer), $"{number}. {line}\n{answer}");
            run++;
        }
        Assert.Equal(31, run);
    }

    // What the answer must hold; of question 9 the answer is that there is none.
    private bool IsAnswer(int number, string line, string answer) => number switch
    {
        1 => answer.Contains(_variables["DECISION"], StringComparison.Ordinal) && answer.Contains("idjag.denied", StringComparison.Ordinal),
        2 => answer.Contains("idjag.issued", StringComparison.Ordinal) && answer.Contains(_variables["RESOURCE"], StringComparison.Ordinal),
        4 when line.Contains("export", StringComparison.Ordinal) => answer.Contains("events of", StringComparison.Ordinal) || answer.Contains("\"state\":\"queued\"", StringComparison.Ordinal),
        4 => answer.Contains("idjag.issued", StringComparison.Ordinal),
        5 => answer.Contains("policy.activated", StringComparison.Ordinal),
        6 => answer.Contains("policy.activated", StringComparison.Ordinal) && answer.Contains("key.activated", StringComparison.Ordinal),
        8 => answer.Contains("editor", StringComparison.Ordinal),
        9 => answer.Trim() is "" or "{\"events\":[]}",
        10 => answer.Contains("audit.read", StringComparison.Ordinal),
        11 => answer.Contains("NO_RULE_MATCHED", StringComparison.Ordinal),
        12 => answer.Contains("key.activated", StringComparison.Ordinal) && answer.Contains("idjag.issued", StringComparison.Ordinal),
        13 when line.Contains("redemption", StringComparison.Ordinal) => answer.Contains(_variables["JTI"], StringComparison.Ordinal) && answer.Contains("reported", StringComparison.Ordinal) && answer.Contains("cl_7hQ2notes", StringComparison.Ordinal),
        13 => answer.Contains(_variables["JTI"], StringComparison.Ordinal) && answer.Contains("idjag.issued", StringComparison.Ordinal) && answer.Contains("idjag.redeemed", StringComparison.Ordinal),
        14 => answer.Contains("audit.read", StringComparison.Ordinal),
        15 => answer.Contains(line.Contains("verify", StringComparison.Ordinal) ? "Nothing is wrong." : "events of", StringComparison.Ordinal),
        _ => false,
    };

    private async Task PrepareAsync()
    {
        var issued = (await _broker.Token.ExchangeAsync()).IsGranted().IdJag;
        var refused = await _broker.Token.ExchangeAsync(("scope", "tickets:admin"));
        (await _broker.Token.ExchangeAsync(("subject_token", _broker.Idp.IdToken("agent-at-okta", subject: "00u-left", groups: ["00g-eng"])))).IsGranted();
        (await new ReceiptDesk(_broker, _authServer).SendAsync(ReceiptDesk.Redeemed((string)issued["jti"]!))).IsTaken();
        var token = Path.Combine(_here, "token");
        await File.WriteAllTextAsync(token, BrokerFixture.ManagementToken);
        var ring = _broker.Services.GetRequiredService<SigningKeyRing>();
        await File.WriteAllTextAsync(Path.Combine(_here, "log.vkey"), LogKey.Of(ring.For(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256).PublicKey, _broker.Issuer[7..] + "/audit").ToVkey());
        await File.WriteAllTextAsync(Path.Combine(_here, "export.jwk"), Encoding.UTF8.GetString(new JsonWebKeySet([ring.For(KeyPurpose.AuditExport, JwsAlgorithm.ES256).PublicKey]).ToUtf8()));
        var row = (await _broker.AuditAsync("type=idjag.issued&jti=" + (string)issued["jti"]!))[0]!;
        foreach (var (name, value) in new (string, string)[]
        {
            ("IDJAG_URL", _broker.Management.ToString().TrimEnd('/')), ("IDJAG_TOKEN_FILE", token), ("AUDIT", _broker.Management + "admin/v1/audit"), ("AUTH", "Authorization: Bearer " + BrokerFixture.ManagementToken),
            ("DECISION", (string)refused.Body!["decision_id"]!), ("RESOURCE", (string)row["resource"]![0]!), ("KID", (string)row["kid"]!), ("JTI", (string)issued["jti"]!),
            ("LEFT", TimeProvider.System.GetUtcNow().AddSeconds(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)),
            ("FROM", TimeProvider.System.GetUtcNow().AddDays(-1).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)),
        }) _variables[name] = value;
        await Task.Delay(2500);         // until those who left have left, and a checkpoint covers the rest
    }

    private static IEnumerable<(int Number, string Line)> Lines()
    {
        var page = File.ReadAllText(Path.Combine(Root(), "docs", "how-to", "audit-questions.md"));
        foreach (Match section in Section().Matches(page))
            foreach (Match block in Block().Matches(section.Groups[2].Value))
                foreach (var line in block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)) yield return (int.Parse(section.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), line);
    }

    private Task<string> RunAsync(string line) => line.StartsWith("idjag audit ", StringComparison.Ordinal) ? CommandAsync(Words(line)[2..]) : ShellAsync(line);

    private async Task<string> CommandAsync(string[] words)
    {
        await using var output = new StringWriter();
        string[] settings = words[0] is "export" ? ["--environment", "Development", $"--State={_broker.State}", $"--Database:ConnectionString={_broker.ConnectionString}"] : [];
        string[] broker = words[0] is "search" or "stats" or "redemption" ? ["--url", _variables["IDJAG_URL"], "--token-file", _variables["IDJAG_TOKEN_FILE"]] : [];
        var here = words.Select(word => word.EndsWith('/') || word is "log.vkey" or "export.jwk" ? Path.Combine(_here, word) : word);
        var status = await AuditCommand.Create().Parse([.. here, .. settings, .. broker]).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output, Error = output });
        Assert.True(status is 0, $"{string.Join(' ', words)}: {status} {output}");
        return string.Join('\n', output.ToString().Split('\n').Where(text => text != EventText.Header));
    }

    private async Task<string> ShellAsync(string line)
    {
        var start = new ProcessStartInfo("bash") { ArgumentList = { "-euc", line }, RedirectStandardOutput = true, WorkingDirectory = _here };
        foreach (var (name, value) in _variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    // As a shell would, as far as the page goes: double quotes, and variables.
    private string[] Words(string line) =>
        [.. Word().Matches(line).Select(word => Variable().Replace(word.Value.Replace("\"", "", StringComparison.Ordinal), variable => _variables[variable.Groups[1].Value]))];

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "IdJagBroker.sln"))) directory = Path.GetDirectoryName(directory)!;
        return directory;
    }

    [GeneratedRegex(@"^## (\d+)\. [^\n]*\n(.*?)(?=^## |\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Section();

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex("""(?:"[^"]*"|[^\s"])+""")]
    private static partial Regex Word();

    [GeneratedRegex(@"\$(\w+)")]
    private static partial Regex Variable();
}
