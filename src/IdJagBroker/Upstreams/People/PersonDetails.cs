using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace IdJagBroker.Upstreams.People;

/// <summary>What is known of a person. Never in the log, and never in clear in the database.</summary>
/// <param name="Upstream">The upstream's alias.</param>
/// <param name="Sub">What it calls the person in its tokens.</param>
/// <param name="Email">Only if verified.</param>
/// <param name="Name">As the upstream says.</param>
/// <param name="Address">The whole IP address of the last request.</param>
/// <param name="UserAgent">Of that request.</param>
internal readonly record struct PersonDetails(
    [property: JsonPropertyName("upstream")] string Upstream,
    [property: JsonPropertyName("sub")] string Sub,
    [property: JsonPropertyName("email")] string? Email,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("user_agent")] string? UserAgent)
{
    private const int MaxUserAgentChars = 256;

    private static readonly JsonSerializerOptions Options = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>What a request says of its subject, as far as it is kept.</summary>
    public static PersonDetails Of(VerifiedSubject subject, IPAddress? address, string? userAgent, bool withAddress) => new(
        subject.Upstream, subject.Subject, subject.VerifiedEmail, subject.Name,
        withAddress ? address?.ToString() : null,
        withAddress ? userAgent is { Length: > MaxUserAgentChars } ? userAgent[..MaxUserAgentChars] : userAgent : null);

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    public static PersonDetails FromUtf8(ReadOnlySpan<byte> utf8) => JsonSerializer.Deserialize<PersonDetails>(utf8, Options);
}
