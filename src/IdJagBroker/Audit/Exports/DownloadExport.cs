using System.Formats.Tar;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;

namespace IdJagBroker.Audit.Exports;

/// <summary>
/// <c>GET /admin/v1/audit/exports/{id}/files/{**path}</c> and <c>…/bundle.tar</c>, streamed. That somebody took it away is on record before the
/// first byte leaves.
/// </summary>
internal static class DownloadExport
{
    private static readonly Problem NoFiles = new(StatusCodes.Status409Conflict, "export-has-no-files", "The export is not done, or its files are removed.");
    private static readonly Problem Elsewhere = new(StatusCodes.Status409Conflict, "export-elsewhere", "The files are not in this broker's directory: brokers must share Audit:Exports:Directory.");
    private static readonly Problem NoSuchFile = new(StatusCodes.Status404NotFound, "file-not-found", "The export has no such file.");

    public static void Map(IEndpointRouteBuilder exports)
    {
        exports.MapGet("/{id:guid}/files/{**path}", (HttpContext http, Guid id, string path, ExportTable table, ExportDirectory directory, AuditInbox inbox, TimeProvider clock) =>
            DownloadAsync(http, id, path, table, directory, inbox, clock, folder => folder.Open(path) is { } file
                ? Results.Stream(file, path.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream")
                : NoSuchFile.ToResult())).RequireScope(AdminScope.AuditExport);
        exports.MapGet("/{id:guid}/bundle.tar", (HttpContext http, Guid id, ExportTable table, ExportDirectory directory, AuditInbox inbox, TimeProvider clock) =>
            DownloadAsync(http, id, "bundle.tar", table, directory, inbox, clock, folder => Results.Stream(
                body => WriteTarAsync(folder, body, http.RequestAborted), "application/x-tar", $"idjag-export-{id}.tar"))).RequireScope(AdminScope.AuditExport);
    }

    private static async Task<IResult> DownloadAsync(
        HttpContext http, Guid id, string file, ExportTable table, ExportDirectory directory, AuditInbox inbox, TimeProvider clock, Func<ExportFolder, IResult> send)
    {
        if (await table.FindAsync(id, http.RequestAborted) is not { } job) return ExportApi.NotFound.ToResult();
        if (!job.HasFiles) return NoFiles.ToResult();
        var folder = new ExportFolder(directory.Of(id));
        if (!folder.IsWhole) return Elsewhere.ToResult();
        await inbox.AppendAsync(ExportEvent.Downloaded(job, file.Length > 200 ? file[..200] : file, clock.GetUtcNow()).By(CurrentAdministrator.Of(http)), []);
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return send(folder);
    }

    // The same bytes each time: in the order of names, with nothing of the disk but the content.
    private static async Task WriteTarAsync(ExportFolder folder, Stream body, CancellationToken ct)
    {
        var madeAt = folder.Result(ExportFilter.None).Order.MadeAt;
        await using var tar = new TarWriter(body, TarEntryFormat.Pax, leaveOpen: true);
        foreach (var file in folder.Files())
        {
            await using var content = file.OpenRead();
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, folder.NameOf(file)) { DataStream = content, ModificationTime = madeAt, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead }, ct);
        }
    }
}
