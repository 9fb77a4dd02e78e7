using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.Audit.Checkpoints;

/// <summary>Checkpoints as files, one for each size, whole or not at all.</summary>
internal sealed class DirectoryPlace(string directory) : ICheckpointPlace
{
    public string Name => "the checkpoint directory";

    public async Task PutAsync(long size, string note, CancellationToken ct)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, NameOf(size));
        if (!File.Exists(path))
        {
            var aside = Path.Combine(directory, $".{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
            await using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(Encoding.UTF8.GetBytes(note), ct);
                file.Flush(flushToDisk: true);
            }
            try
            {
                File.Move(aside, path);
            }
            catch (IOException) when (File.Exists(path))        // another replica was first
            {
                File.Delete(aside);
            }
        }
        if (await File.ReadAllTextAsync(path, ct) != note) throw new CheckpointDiffersException(Name, size);
    }

    /// <summary>Sorts as the sizes do.</summary>
    public static string NameOf(long size) => size.ToString("D20", CultureInfo.InvariantCulture) + ".checkpoint";
}
