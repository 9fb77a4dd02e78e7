using System.Diagnostics;
using System.Globalization;

namespace IdJagBroker.Mutation;

/// <summary>A <see cref="Worker"/> from outside: what it answers, or that it did not.</summary>
internal sealed class WorkerProcess : IDisposable
{
    // An endless list is the end of a worker, and not of the machine.
    private const string HeapLimit = "0x60000000";

    private readonly Process _process;

    /// <param name="reach">Which test comes by which mistake.</param>
    /// <param name="fromTheStart">The one mistake to make before anything has run; null: it is told which.</param>
    public WorkerProcess(string reach, int? fromTheStart = null)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])["exec", typeof(WorkerProcess).Assembly.Location, "work", reach, .. fromTheStart is { } id ? [id.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>()])
            start.ArgumentList.Add(word);
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>Whether it can be asked once more.</summary>
    public bool IsSpoilt { get; private set; }

    /// <summary>Tries a mistake: "survived", "killed …", "timeout", or "ended" where the process did.</summary>
    public async Task<string> TryAsync(int mutant, TimeSpan limit)
    {
        await _process.StandardInput.WriteLineAsync(mutant.ToString(CultureInfo.InvariantCulture));
        return await AnswerAsync(limit);
    }

    /// <summary>What came of the mistake that it makes from the start.</summary>
    public async Task<string> AnswerAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        try
        {
            // The code under test may print too; an answer is a line with one of these words.
            while (await _process.StandardOutput.ReadLineAsync(late.Token) is { } line)
            {
                if (line.StartsWith("spoilt ", StringComparison.Ordinal)) (line, IsSpoilt) = (line["spoilt ".Length..], true);
                if (line is "survived" || line.StartsWith("killed ", StringComparison.Ordinal)) return line;
            }
            IsSpoilt = true;
            return "ended";
        }
        catch (OperationCanceledException)
        {
            IsSpoilt = true;
            return "timeout";
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
