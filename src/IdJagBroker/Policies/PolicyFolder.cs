using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>A file to read.</summary>
/// <param name="Path">Where it is, free of links.</param>
/// <param name="Name">Relative to the directory, with <c>/</c>.</param>
/// <param name="DisplayName">What diagnostics say.</param>
internal sealed record PolicyFile(string Path, string Name, string DisplayName);

/// <summary>
/// Finds the files of a directory. A link may point within the directory, as the mounts of Kubernetes do, and nowhere else: a
/// diagnostic shows lines of what it reads, and must not show those of another file.
/// </summary>
internal static class PolicyFolder
{
    private const int MaxDepth = 8;
    private const int MaxLinks = 40;

    /// <summary>At most <see cref="PolicyFiles.MaxFiles"/>, in ordinal order of name; those of folders named <c>tests</c> only if they are asked for.</summary>
    public static IReadOnlyList<PolicyFile> Files(string directory, string label, PolicyDiagnostics problems, bool withTests = false)
    {
        var files = new List<PolicyFile>();
        var tests = withTests ? new List<PolicyFile>() : null;
        try
        {
            if (RealPath(Path.GetFullPath(directory)) is { } root && Directory.Exists(root)) Collect(root, root, label, 0, files, tests, problems);
            else problems.Error(label, PolicyDiagnosticCode.DirectoryMissing, "there is no such directory");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error(label, PolicyDiagnosticCode.FileUnreadable, "the directory cannot be read");
        }
        if (files.Count <= PolicyFiles.MaxFiles && !(tests?.Count > PolicyFiles.MaxFiles)) return [.. files.Concat(tests ?? []).OrderBy(file => file.Name, StringComparer.Ordinal)];
        problems.Error(label, PolicyDiagnosticCode.TooManyFiles, $"there are more than {PolicyFiles.MaxFiles} files{(files.Count > PolicyFiles.MaxFiles ? "" : " of tests")}");
        return [];
    }

    private static void Collect(string root, string folder, string label, int depth, List<PolicyFile> files, List<PolicyFile>? tests, PolicyDiagnostics problems)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry.Name.StartsWith('.') || files.Count > PolicyFiles.MaxFiles) continue;
            var name = Path.GetRelativePath(root, entry.FullName).Replace(Path.DirectorySeparatorChar, '/');
            var shown = $"{label}/{name}";
            var isLink = entry.LinkTarget is not null;
            if (entry.Attributes.HasFlag(FileAttributes.Directory))
            {
                var here = entry.Name is "tests" ? tests : files;
                if (here is null) continue;
                if (isLink) problems.Error(shown, PolicyDiagnosticCode.LinkRefused, "a folder must not be a link");
                else if (depth < MaxDepth) Collect(root, entry.FullName, label, depth + 1, here, tests, problems);
                else problems.Error(shown, PolicyDiagnosticCode.FileNameInvalid, $"folders are nested more than {MaxDepth} deep");
            }
            else if (entry.Extension is ".yaml" or ".yml")
            {
                Add(root, entry, name, shown, files, problems);
            }
        }
    }

    private static void Add(string root, FileSystemInfo entry, string name, string shown, List<PolicyFile> files, PolicyDiagnostics problems)
    {
        if (name.Any(c => YamlText.IsForbidden(c) || char.IsSurrogate(c)))
            problems.Error(PolicyDiagnostics.Quote(shown), PolicyDiagnosticCode.FileNameInvalid, "the name has characters that cannot be shown");
        else if (RealPath(entry.FullName) is not { } real || !real.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            problems.Error(shown, PolicyDiagnosticCode.LinkRefused, "the link leads out of the directory, or nowhere");
        else if (new FileInfo(real).Length is 0)   // also a pipe or a device, which must not even be opened
            problems.Error(shown, PolicyDiagnosticCode.FileEmpty, "the file is empty");
        else
            files.Add(new PolicyFile(real, name, shown));
    }

    /// <summary>The path with every link on it followed, or null if that ends nowhere or in a circle.</summary>
    private static string? RealPath(string path)
    {
        var links = 0;
        var pending = new Stack<string>(Parts(path).Reverse());
        var real = Path.GetPathRoot(path)!;
        while (pending.TryPop(out var part))
        {
            if (part is ".") continue;
            if (part is "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }
            var next = Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            if (info.LinkTarget is not { } target)
            {
                if (!info.Exists) return null;
                real = next;
                continue;
            }
            if (++links > MaxLinks) return null;
            if (Path.IsPathRooted(target)) real = Path.GetPathRoot(target)!;
            foreach (var piece in Parts(target).Reverse()) pending.Push(piece);
        }
        return real;
    }

    private static string[] Parts(string path) =>
        path[(Path.GetPathRoot(path)?.Length ?? 0)..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
