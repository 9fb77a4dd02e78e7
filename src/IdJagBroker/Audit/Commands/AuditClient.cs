using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using IdJagBroker.Hosting;

namespace IdJagBroker.Audit.Commands;

/// <summary>
/// A command's way to the admin API: there the filters are, who may read is decided, and who read is recorded; a command that asked the database
/// itself would do none of that.
/// </summary>
internal sealed class AuditClient : IDisposable
{
    private const int MaxTokenBytes = 16 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http;
    private readonly string _query;

    private AuditClient(HttpClient http, string query) => (_http, _query) = (http, query);

    /// <summary>Where the broker is.</summary>
    public static Option<string?> Url { get; } = new("--url") { Description = "The broker's management URL, such as https://idjag.internal:5401. Or IDJAG_URL in the environment." };

    /// <summary>As who it is asked. A file: what is on a command line, everybody on the machine can read.</summary>
    public static Option<string?> TokenFile { get; } = new("--token-file") { Description = "A file with an administrator's access token, or the management token. Or IDJAG_TOKEN_FILE." };

    /// <summary>What is asked for.</summary>
    public static Argument<string[]> Filter { get; } = new("NAME=VALUE")
    {
        Description = "What is asked for, as the API has it: client=notes-agent outcome=denied from=-24h. A name twice is either.", Arity = ArgumentArity.ZeroOrMore,
    };

    /// <exception cref="StartupFailedException">What the command line gives cannot be used.</exception>
    public static AuditClient Open(ParseResult parsed)
    {
        var query = string.Join('&', (parsed.GetValue(Filter) ?? []).Select(Parameter));
        return new AuditClient(Connect(parsed), query);
    }

    /// <summary>The way to the broker, for other commands too.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public static HttpClient Connect(ParseResult parsed)
    {
        var url = Given(parsed, Url, "IDJAG_URL");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var broker) || !(broker.Scheme == Uri.UriSchemeHttps || (broker.Scheme == Uri.UriSchemeHttp && broker.IsLoopback)))
            throw new StartupFailedException($"'{url}' is no https URL; plain http is for loopback only.");
        var token = System.Text.Encoding.UTF8.GetString(GivenKeys.ReadFile(Given(parsed, TokenFile, "IDJAG_TOKEN_FILE"), MaxTokenBytes)).Trim();
        if (token.Length is 0 || token.Any(c => c is <= ' ' or > '~')) throw new StartupFailedException("The token file holds no token.");
        return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = Patience })
        {
            Timeout = Timeout.InfiniteTimeSpan, BaseAddress = broker, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
        };
    }

    /// <summary>Asks; the answer is still to be read.</summary>
    /// <exception cref="AuditRefusedException">The broker refused.</exception>
    /// <exception cref="StartupFailedException">The broker is not there.</exception>
    public async Task<HttpResponseMessage> GetAsync(string path, string query, string accept, CancellationToken ct)
    {
        var all = string.Join('&', new[] { _query, query }.Where(part => part.Length > 0));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/admin/v1/audit/{path}{(all.Length > 0 ? "?" + all : "")}");
        request.Headers.Accept.ParseAdd(accept);
        try
        {
            var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            if (answer.StatusCode is HttpStatusCode.OK) return answer;
            using (answer) throw new AuditRefusedException(Refusal(answer.StatusCode, await answer.Content.ReadAsStringAsync(ct)));
        }
        catch (HttpRequestException e)
        {
            throw new StartupFailedException($"The broker cannot be reached: {e.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Runs a command; a refusal is told, and is status 1.</summary>
    public static async Task<int> RunAsync(ParseResult parsed, Func<AuditClient, Task> act)
    {
        GivenKeys.RefuseUnknown(parsed);
        using var client = Open(parsed);
        try
        {
            await act(client);
            return 0;
        }
        catch (AuditRefusedException e)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (IOException)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("The answer broke off; it is not complete.");
            return 1;
        }
    }

    private static string Given(ParseResult parsed, Option<string?> option, string variable) =>
        (parsed.GetValue(option) ?? Environment.GetEnvironmentVariable(variable)) is { Length: > 0 } given ? given : throw new StartupFailedException($"Give {option.Name}, or {variable} in the environment.");

    private static string Parameter(string word) => word.Split('=', 2) is [{ Length: > 0 } name, var value] && name[0] is not '-'
        ? $"{Uri.EscapeDataString(name)}={Uri.EscapeDataString(value)}" : throw new StartupFailedException($"'{word}' is not of the form NAME=VALUE.");

    // A problem document says what is wrong and, of a filter, where.
    private static string Refusal(HttpStatusCode status, string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            var title = problem.RootElement.GetProperty("title").GetString();
            return problem.RootElement.TryGetProperty("hint", out var hint) ? $"{title} {hint.GetString()}" : title ?? $"The broker refused ({(int)status}).";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return status is HttpStatusCode.Unauthorized ? "The broker does not take the token." : $"The broker refused ({(int)status}).";
        }
    }
}

/// <summary>The broker refused, and says why.</summary>
internal sealed class AuditRefusedException(string message) : Exception(message);
