using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Audit;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Revisions;

/// <summary>
/// Follows the policies' directory, by looking: mounts of Kubernetes and network disks tell nobody when they change. What changed is taken when it
/// is the same at two looks: a file that is still being written may be a policy without its last deny rules.
/// </summary>
internal sealed partial class DirectoryWatch(string directory, RevisionCheck check, RevisionSwitch revisions, SourceAge source, AuditInbox inbox, TimeProvider clock, ILogger<DirectoryWatch> log) : BackgroundService
{
    /// <summary>So a change decides after two seconds, and what takes longer to write is not taken half.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    private string _seen = "";
    private string _checked = "";
    private string _told = "";
    private PolicyLoad? _load;
    private string? _revision;
    private bool _trouble;
    private bool _staleRecorded;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await TryLookAsync(stoppingToken);
    }

    /// <summary>Looks once; what is there for the first time is only noted.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var reading = PolicyFiles.Read(directory);
        await NoteAsync(isThere: reading.Sources.Count > 0);
        var content = ContentOf(reading);
        if (content != _seen)
        {
            _seen = content;
            return;
        }
        if (content == _told) return;
        if (content != _checked)
        {
            // Before it is parsed, which adds to the problems: a directory that cannot be read as a whole has no name.
            _revision = reading.Problems.HasErrors ? null : PolicyRevision.Of(reading.Sources);
            (_load, _checked) = (check.Check(reading), content);
        }
        if (_load!.Snapshot is null) await revisions.RefuseAsync(Refusal.OfFiles(content, _load.Diagnostics) with { Revision = _revision });
        else if (!await revisions.TakeAsync(_load.Snapshot, null, ct)) return;      // and the next look tries again
        _told = content;
    }

    // An empty directory is a mount that is gone; nobody means "no policy" by it.
    private async Task NoteAsync(bool isThere)
    {
        if (isThere)
        {
            source.Seen();
            _staleRecorded = false;
        }
        else if (source.Missed() && !_staleRecorded)
        {
            await inbox.AppendAsync(ReleaseEvent.Stale(source.Age, clock.GetUtcNow()), []);
            _staleRecorded = true;
        }
    }

    private async Task TryLookAsync(CancellationToken ct)
    {
        try
        {
            await LookAsync(ct);
            _trouble = false;
        }
        catch (Exception e) when (!ct.IsCancellationRequested)      // whatever it was, this must go on looking
        {
            if (!_trouble) NotLooked(e);        // once for each outage
            _trouble = true;
        }
    }

    private static string ContentOf(PolicyReading reading)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Append(string text)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(text));
            hash.AppendData([0]);       // no text and no name holds one that is taken
        }
        foreach (var source in reading.Sources)
        {
            Append(source.Name);
            Append(source.Text);
        }
        Append(PolicyDiagnosticText.Render(reading.Problems.Sorted()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    [LoggerMessage(2104, LogLevel.Error, "The policies' directory could not be followed; what decides goes on deciding, and it is tried again")]
    private partial void NotLooked(Exception exception);
}
