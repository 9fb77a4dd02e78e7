using System.Text.Json;
using IdJagBroker.Egress;

namespace IdJagBroker.SignIn.Providers;

/// <summary>Where an identity provider signs people in and gives tokens, by its discovery document (OpenID Connect Discovery §3).</summary>
internal sealed record ProviderMetadata(string Issuer, Uri AuthorizationEndpoint, Uri TokenEndpoint, bool NamesItselfInAnswers) : IPublished<ProviderMetadata>
{
    public bool Answers(string? keyId) => true;

    public bool IsSameAs(ProviderMetadata other) => this == other;

    /// <summary>Reads a document.</summary>
    /// <param name="document">What came.</param>
    /// <param name="issuer">Whose it must be, exactly.</param>
    /// <param name="isPermitted">Whether a URL may be used at all: https.</param>
    /// <exception cref="InvalidDataException">It is another issuer's, or malformed.</exception>
    public static ProviderMetadata Parse(ReadOnlyMemory<byte> document, string issuer, Func<Uri, bool> isPermitted)
    {
        try
        {
            using var json = JsonDocument.Parse(document, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            var root = json.RootElement;
            if (root.GetProperty("issuer").GetString() != issuer) throw new InvalidDataException("The discovery document is another issuer's.");
            return new ProviderMetadata(issuer, Endpoint(root, "authorization_endpoint", isPermitted), Endpoint(root, "token_endpoint", isPermitted),
                root.TryGetProperty("authorization_response_iss_parameter_supported", out var names) && names.ValueKind is JsonValueKind.True);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or UriFormatException)
        {
            throw new InvalidDataException("The discovery document is malformed.", e);
        }
    }

    private static Uri Endpoint(JsonElement root, string name, Func<Uri, bool> isPermitted) =>
        new Uri(root.GetProperty(name).GetString() ?? "") is var url && isPermitted(url) ? url : throw new InvalidDataException($"The {name} is not https.");
}
