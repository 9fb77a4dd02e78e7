using System.Text;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>Reads the policies' directory: with <see cref="PolicyFolder"/> the only place of this slice that touches a disk.</summary>
internal static class PolicyFiles
{
    /// <summary>The most files read, and as many again of folders named <c>tests</c>.</summary>
    public const int MaxFiles = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads, checks and compiles everything, or says all that is wrong. Never throws on what the directory holds.</summary>
    /// <param name="directory">Searched with its subfolders, except <c>tests</c> and hidden ones, for <c>*.yaml</c> and <c>*.yml</c>.</param>
    /// <param name="allowLoopbackHttp">Development only: plain http issuers on a loopback address.</param>
    public static PolicyLoad Load(string directory, bool allowLoopbackHttp) => Parse(Read(directory), allowLoopbackHttp);

    /// <summary>The same with the tests, also those in folders named <c>tests</c>. What is wrong with a test counts as well; the revision is the same.</summary>
    public static PolicyTestLoad LoadTests(string directory, bool allowLoopbackHttp)
    {
        var tests = new List<TestDocument>();
        var load = Parse(Read(directory, withTests: true), allowLoopbackHttp, tests);
        return new PolicyTestLoad(load.Snapshot, [.. tests], load.Diagnostics);
    }

    /// <summary>What diagnostics call the directory.</summary>
    public static string Label(string directory) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));

    /// <summary>Reads everything and understands nothing yet. Never throws on what the directory holds.</summary>
    /// <inheritdoc cref="Load" path="/param[@name='directory']"/>
    /// <param name="withTests">Also folders named <c>tests</c>.</param>
    public static PolicyReading Read(string directory, bool withTests = false)
    {
        var problems = new PolicyDiagnostics();
        var label = Label(directory);
        var sources = new List<PolicySource>();
        foreach (var file in PolicyFolder.Files(directory, label, problems, withTests))
            if (Read(file, problems) is { } source) sources.Add(source);
        return new PolicyReading(label, sources, problems);
    }

    /// <summary>Checks and compiles what was read, once: what is found is added to what is known to be wrong.</summary>
    public static PolicyLoad Parse(PolicyReading reading, bool allowLoopbackHttp, List<TestDocument>? tests = null)
    {
        var (label, sources, problems) = reading;
        if (sources.Count is 0 && problems.HasErrors) return new PolicyLoad(null, problems.Sorted());
        var snapshot = PolicyParser.Parse(sources, label, allowLoopbackHttp, problems, tests);
        return new PolicyLoad(snapshot, problems.Sorted());
    }

    private static PolicySource? Read(PolicyFile file, PolicyDiagnostics problems) =>
        Bytes(file, problems) is { } bytes ? Decode(file, bytes, problems) : null;

    /// <summary>What is in a file; null with the reason reported.</summary>
    public static byte[]? Bytes(PolicyFile file, PolicyDiagnostics problems)
    {
        try
        {
            using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length <= PolicySource.MaxBytes)
            {
                var bytes = new byte[stream.Length];        // no larger: whoever follows the directory reads it each second
                return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
            }
            problems.Error(file.DisplayName, PolicyDiagnosticCode.FileTooLarge, "the file is larger than 1 MiB");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(file.DisplayName, PolicyDiagnosticCode.FileUnreadable, "the file cannot be read");
        }
        return null;
    }

    /// <summary>The text of a file; null with the reason reported.</summary>
    public static PolicySource? Decode(PolicyFile file, byte[] bytes, PolicyDiagnostics problems)
    {
        ReadOnlySpan<byte> content = bytes.AsSpan().StartsWith("\ufeff"u8) ? bytes.AsSpan(3) : bytes;
        try
        {
            var text = StrictUtf8.GetString(content).Replace("\r\n", "\n", StringComparison.Ordinal);
            return new PolicySource(file.Name, file.DisplayName, text);
        }
        catch (DecoderFallbackException e)
        {
            var line = 1 + content[..Math.Clamp(e.Index, 0, content.Length)].Count((byte)'\n');
            problems.Error(file.DisplayName, PolicyDiagnosticCode.NotUtf8, $"line {line} is not UTF-8");
            return null;
        }
    }

    /// <summary>Replaces a file at once: who reads it meanwhile sees the old text or the new one. False, and nothing is changed, if it cannot be written.</summary>
    public static bool Replace(PolicyFile file, byte[] bytes)
    {
        // Hidden, so that no load takes it for a policy.
        var beside = Path.Combine(Path.GetDirectoryName(file.Path)!, $".{Path.GetFileName(file.Path)}.{Path.GetRandomFileName()}");
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                stream.Write(bytes);
                stream.Flush(flushToDisk: true);
            }
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(beside, File.GetUnixFileMode(file.Path));
            File.Move(beside, file.Path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(beside)) File.Delete(beside);
            return false;
        }
    }
}
