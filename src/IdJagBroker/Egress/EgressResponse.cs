using System.Net;
using System.Net.Http.Headers;

namespace IdJagBroker.Egress;

/// <summary>What came back, whole and within its limits. A redirect is an answer like any other: nobody follows it.</summary>
internal sealed record EgressResponse(HttpStatusCode Status, HttpResponseHeaders Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>When it says that it gets old; in the past if what it says cannot be read (RFC 9111 §5.3).</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Its media type, without parameters; null if it says none that can be read.</summary>
    public string? MediaType { get; init; }

    /// <summary>The body of a 200.</summary>
    /// <exception cref="HttpRequestException">Another status.</exception>
    public ReadOnlyMemory<byte> Ok() =>
        Status is HttpStatusCode.OK ? Body : throw new HttpRequestException($"HTTP {(int)Status}", null, Status);
}
