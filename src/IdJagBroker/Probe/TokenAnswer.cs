using System.Net;
using System.Text.Json;
using IdJagBroker.Egress;

namespace IdJagBroker.Probe;

/// <summary>What came back from a token endpoint; nothing in it is believed.</summary>
/// <param name="Status">The HTTP status; 0: nothing came.</param>
internal sealed record TokenAnswer(int Status)
{
    private const int MaxDepth = 16;

    /// <summary>Why nothing came.</summary>
    public string? Fault { get; private init; }

    public string? MediaType { get; private init; }

    public string? CacheControl { get; private init; }

    public bool SetsCookie { get; private init; }

    /// <summary>The <c>DPoP-Nonce</c> header.</summary>
    public string? DpopNonce { get; private init; }

    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>The body if it is a JSON object.</summary>
    public JsonElement? Json { get; private init; }

    public string? Error => Text("error");

    public string? AccessToken => Text("access_token");

    /// <summary>Whether an access token came, whatever else came with it.</summary>
    public bool IsIssued => AccessToken is { Length: > 0 };

    /// <summary>Whether the server failed rather than answered.</summary>
    public bool Failed => Status is 0 or >= 500;

    /// <summary>A member that is a string.</summary>
    public string? Text(string name) => Json is { } json && json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    public bool Has(string name) => Json is { } json && json.TryGetProperty(name, out _);

    /// <summary>A member that is a whole number.</summary>
    public long? Number(string name) =>
        Json is { } json && json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    public static TokenAnswer Nothing(string fault) => new(0) { Fault = fault };

    public static TokenAnswer Of(EgressResponse response) => new((int)response.Status)
    {
        MediaType = response.MediaType, CacheControl = Header(response, "Cache-Control"), SetsCookie = Header(response, "Set-Cookie") is not null,
        DpopNonce = Header(response, "DPoP-Nonce"), RetryAfter = response.Headers.RetryAfter?.Delta, Json = ObjectIn(response.Body),
    };

    /// <summary>The JSON object that a body is, or null.</summary>
    public static JsonElement? ObjectIn(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = MaxDepth });
            return json.RootElement.ValueKind is JsonValueKind.Object ? json.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Never the token.</summary>
    public override string ToString() => $"{(HttpStatusCode)Status} {Error}";

    private static string? Header(EgressResponse response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
