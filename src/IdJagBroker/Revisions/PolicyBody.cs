using System.Text;
using System.Text.Json;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using Microsoft.AspNetCore.Http.Features;

namespace IdJagBroker.Revisions;

/// <summary>Reads <c>files: [{name, text}, …]</c>: what a directory may hold, and no more.</summary>
internal static class PolicyBody
{
    /// <summary>The largest body.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    // What is larger is not kept, but read to its end, or the answer would not reach whoever is still sending.
    private const long MaxDrainedBytes = 4 * MaxBytes;

    private const int MaxNameChars = 255;
    private const int MaxDepth = 8;

    /// <summary>The body of a request that has files, which may be larger than any other.</summary>
    public static Task<Outcome<JsonMembers>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxDrainedBytes;
        return JsonBody.ReadAsync(request, MaxBytes, mayBeEmpty: false, ct);
    }

    /// <summary>The files. Refuses with 413 too many and too large ones, with 400 what is no list of files, or has a name that no file of a directory has.</summary>
    public static Outcome<PolicyReading> Files(JsonMembers body) => Files(body, tests: false);

    /// <summary>The same of files of tests, by their names.</summary>
    public static Outcome<PolicyReading> Tests(JsonMembers body) => Files(body, tests: true);

    private static Outcome<PolicyReading> Files(JsonMembers body, bool tests)
    {
        if (body.Required("files") is not { } list) return body.End()!;
        if (list.ValueKind is not JsonValueKind.Array) return Problem.Invalid("'files' must be a list of {name, text}.", "/files");
        if (list.GetArrayLength() > PolicyFiles.MaxFiles) return ReleaseProblem.TooLarge;
        var (sources, problems) = (new List<PolicySource>(), new PolicyDiagnostics());
        foreach (var (i, element) in list.EnumerateArray().Index())
        {
            if (Source(element, $"/files/{i}", tests).IsRefused(out var source, out var fault)) return fault;
            if (sources.Exists(other => other.Name == source.Name)) return Problem.Invalid("Two files have this name.", $"/files/{i}/name");
            if (source.Text.Length is 0) problems.Error(source.DisplayName, PolicyDiagnosticCode.FileEmpty, "the file is empty");
            else sources.Add(source);
        }
        return new PolicyReading("policy", sources, problems);
    }

    private static Outcome<PolicySource> Source(JsonElement element, string pointer, bool tests)
    {
        if (element.ValueKind is not JsonValueKind.Object) return Problem.Invalid("A file is {name, text}.", pointer);
        var file = new JsonMembers(element);
        file.Required("name");
        file.Required("text");
        var (name, text) = (file.Text("name"), file.Text("text"));
        if (file.End() is { } fault) return fault with { Pointer = pointer + fault.Pointer };
        if (tests && !(IsName(name!, tests) && new PolicySource(name!, name!, "").IsNamedAsTest)) return Problem.Invalid("A name of a file of tests is a path such as tests/people.yaml or people_test.yaml.", pointer + "/name");
        if (!tests && !IsName(name!, tests)) return Problem.Invalid("A name is a path such as team/10-rules.yaml: relative, not hidden, not in 'tests', of what can be shown.", pointer + "/name");
        if (Encoding.UTF8.GetByteCount(text!) > PolicySource.MaxBytes) return ReleaseProblem.TooLarge;
        // As a file is read: so the same content has the same revision, whichever way it comes.
        return new PolicySource(name!, name!, text!.TrimStart('\ufeff').Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    private static bool IsName(string name, bool tests)
    {
        var parts = name.Split('/');
        return name.Length <= MaxNameChars && parts.Length <= MaxDepth + 1 && Path.GetExtension(name) is ".yaml" or ".yml"
            && parts.All(part => part.Length > 0 && part[0] is not '.' && (tests || part is not "tests"))
            && !name.Any(c => c is '\\' || YamlText.IsForbidden(c) || char.IsSurrogate(c));
    }
}
