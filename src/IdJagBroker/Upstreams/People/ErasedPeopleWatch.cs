using IdJagBroker.Storage;
using Microsoft.Extensions.Options;
using Npgsql;

namespace IdJagBroker.Upstreams.People;

/// <summary>Lets this replica forget within 5 s whom any other has erased.</summary>
internal sealed partial class ErasedPeopleWatch(
    NpgsqlDataSource source, PersonDirectory people, IOptions<DatabaseOptions> database, TimeProvider clock, ILogger<ErasedPeopleWatch> log)
    : TableWatch("idjag_person", database, clock)
{
    private long? _seen;

    protected override Task ReloadAsync(CancellationToken ct) => RefreshAsync(ct);

    // One who erases waits for the one before, so places are committed in their order and none appears behind what was seen.
    protected override async Task RefreshAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand("select place, subject_key from person_erasure where place > $1 order by place");
        command.Parameters.Add(new() { Value = _seen ?? 0 });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var last = _seen ?? 0;
        if (_seen is null) people.ForgetAll();      // known before anybody watched
        while (await reader.ReadAsync(ct))
        {
            last = reader.GetInt64(0);
            people.Forget(reader.GetString(1));
        }
        _seen = last;
    }

    protected override void NotRead(Exception exception) => NotReadLine(exception);

    [LoggerMessage(1122, LogLevel.Warning, "Who was erased could not be read or listened to; it is tried again")]
    private partial void NotReadLine(Exception exception);
}
