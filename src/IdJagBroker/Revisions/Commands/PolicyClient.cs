using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Hosting;

namespace IdJagBroker.Revisions.Commands;

/// <summary>A command's way to <c>/admin/v1/policy</c>.</summary>
internal sealed class PolicyClient(HttpClient http) : IDisposable
{
    private const int Refused = 6;
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>What the broker has, and its entity tag.</summary>
    public Task<(JsonObject Body, string? Tag)> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, null, ct);

    /// <param name="path">Below <c>/admin/v1/policy</c>.</param>
    /// <param name="body">What to send.</param>
    /// <param name="tag">What it is made from.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task<JsonObject> PostAsync(string path, JsonObject body, string? tag, CancellationToken ct) => (await SendAsync(HttpMethod.Post, path, body, tag, ct)).Body;

    /// <summary>A decision of the log, explained.</summary>
    public async Task<JsonObject> GetDecisionAsync(string path, CancellationToken ct)
    {
        using var answer = await http.GetAsync("/admin/v1/decisions" + path, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)!.AsObject() : throw new PolicyRefusedException(Refusal(answer.StatusCode, text), Refused);
    }

    /// <summary>The last line of an answer that comes line by line; those before it are progress.</summary>
    public async Task<JsonObject> PostLinesAsync(string path, JsonObject body, Func<JsonObject, Task> progress, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/policy" + path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!answer.IsSuccessStatusCode) throw new PolicyRefusedException(Refusal(answer.StatusCode, await answer.Content.ReadAsStringAsync(ct)), Refused);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
        JsonObject? last = null;
        while (await lines.ReadLineAsync(ct) is { Length: > 0 } line)
        {
            if (last is not null) await progress(last);
            last = JsonNode.Parse(line)!.AsObject();
        }
        return last?["replayed"] is not null ? last : throw new PolicyRefusedException("The answer broke off; it is not complete.", Refused);
    }

    public void Dispose() => http.Dispose();

    /// <summary>Runs a command; a refusal is told, with every mistake in its place.</summary>
    /// <exception cref="StartupFailedException">What the command line gives cannot be used, or the broker is not there.</exception>
    public static async Task<int> RunAsync(ParseResult parsed, Func<PolicyClient, Task> act)
    {
        GivenKeys.RefuseUnknown(parsed);
        using var client = new PolicyClient(AuditClient.Connect(parsed));
        try
        {
            await act(client);
            return 0;
        }
        catch (PolicyRefusedException e)
        {
            foreach (var line in e.Message.Split('\n')) await parsed.InvocationConfiguration.Error.WriteLineAsync(EventText.Printable(line));
            return e.Status;
        }
        catch (HttpRequestException e)
        {
            throw new StartupFailedException($"The broker cannot be reached: {e.Message}");
        }
    }

    /// <summary>As it came, for programs.</summary>
    public static string Json(JsonObject body) => body.ToJsonString(Indented) + "\n";

    private async Task<(JsonObject Body, string? Tag)> SendAsync(HttpMethod method, string path, JsonObject? body, string? tag, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, "/admin/v1/policy" + path);
        if (body is not null) request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (tag is not null) request.Headers.TryAddWithoutValidation("If-Match", tag);
        using var answer = await http.SendAsync(request, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode) throw new PolicyRefusedException(Refusal(answer.StatusCode, text), Refused);
        return (JsonNode.Parse(text)!.AsObject(), answer.Headers.ETag?.ToString());
    }

    // A problem document says what is wrong, what to do instead, and of files, where.
    private static string Refusal(HttpStatusCode status, string body)
    {
        try
        {
            var problem = JsonNode.Parse(body)!.AsObject();
            var said = new StringBuilder((string?)problem["title"] ?? $"The broker refused ({(int)status}).");
            if (problem["detail"] is { } detail) said.Append(' ').Append((string?)detail);
            foreach (var one in problem["diagnostics"]?.AsArray() ?? []) said.Append('\n').Append(Place(one!));
            return said.ToString();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException)
        {
            return status is HttpStatusCode.Unauthorized ? "The broker does not take the token." : $"The broker refused ({(int)status}).";
        }
    }

    private static string Place(JsonNode diagnostic)
    {
        var place = diagnostic["line"] is null ? $"{diagnostic["file"]}" : $"{diagnostic["file"]}:{diagnostic["line"]}:{diagnostic["column"]}";
        return $"{place} {diagnostic["severity"]} {diagnostic["code"]}  {diagnostic["message"]}";
    }
}

/// <summary>It is not done, and the message says why.</summary>
/// <param name="status">What the command ends with.</param>
internal sealed class PolicyRefusedException(string message, int status) : Exception(message)
{
    public int Status { get; } = status;
}
