using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Hosting;

namespace IdJagBroker.Probe.Commands;

/// <summary><c>idjag probe key --issuer ISS --out DIR</c>: makes the key of a test, and the files that the server under test has to find. Never overwrites: a key that is trusted somewhere would be lost.</summary>
internal static class ProbeKeyCommand
{
    public const string KeyFile = "probe-key.json";
    public const string KeySetFile = "jwks.json";
    public const string MetadataFile = "oauth-authorization-server";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var issuer = new Option<string?>("--issuer") { Description = "The issuer of the test, as the server is to trust it, such as https://probe.example." };
        var directory = new Option<string?>("--out") { Description = "The directory for the key and what is published of it." };
        var command = new Command("key", "Makes the key of a test, and what has to be published and trusted for it.") { issuer, directory };
        command.SetAction(parsed =>
        {
            var (who, where) = (ProbeWords.IssuerOf(ProbeWords.Needed(parsed, issuer), "--issuer"), ProbeWords.Needed(parsed, directory));
            if (((string[])[KeyFile, KeySetFile, MetadataFile]).FirstOrDefault(name => Path.Exists(Path.Combine(where, name))) is { } there) throw new StartupFailedException($"{Path.Combine(where, there)} is there already; nothing was written.");
            using var key = PrivateKey.Make();
            try
            {
                Directory.CreateDirectory(where);
                WriteNew(Path.Combine(where, KeyFile), key.RevealJwk(), isSecret: true);
                WriteNew(Path.Combine(where, KeySetFile), Text(ProbeIssuer.KeySet(key)), isSecret: false);
                WriteNew(Path.Combine(where, MetadataFile), Text(ProbeIssuer.Metadata(who.Value)), isSecret: false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new StartupFailedException($"The files cannot be written to {where}: {e.Message}");
            }
            var path = who.Url.AbsolutePath.TrimEnd('/');
            parsed.InvocationConfiguration.Output.Write($"""
                {KeyFile} is the private key: keep it, and give it to idjag probe with --key. Delete it, and the trust, after the test.

                Publish (or let the probe do it while it runs: --serve):
                  jwks.json                    at {ProbeIssuer.KeysOf(who.Value)}
                  oauth-authorization-server   at {new Uri(who.Url, "/.well-known/oauth-authorization-server" + path)}

                Trust at the authorization server, for one client, one MCP server and one test account only:
                  issuer      {who.Value}
                  jwks_uri    {ProbeIssuer.KeysOf(who.Value)}
                  algorithm   ES256
                  kid         {key.KeyId}

                """);
        });
        return command;
    }

    private static string Text(JsonObject json) => json.ToJsonString(Indented) + "\n";

    private static void WriteNew(string path, string text, bool isSecret)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (isSecret && !OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using var file = new StreamWriter(path, options);
        file.Write(text);
    }
}
