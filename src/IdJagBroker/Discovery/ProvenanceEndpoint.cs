using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Discovery;

/// <summary>
/// Where the published keys are from: the vault's statements over those that sign outside it, and the vault's public keys that verify
/// them. 404 where each key is the vault's own, or a file.
/// </summary>
internal static class ProvenanceEndpoint
{
    public const string Path = JwksEndpoint.Path + "/provenance";
    private static readonly string CacheFor = string.Create(CultureInfo.InvariantCulture, $"public, max-age={(int)KeyTimes.JwksLifetime.TotalSeconds}");

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer) => routes.MapGet(EndpointPaths.Under(issuer, Path), WriteAsync);

    private static Task WriteAsync(HttpContext http, SigningKeyRing keys)
    {
        if (keys.Provenance is { IsEmpty: false } statements) return PublicDocument.WriteAsync(http, DocumentOf(statements), CacheFor);
        http.Response.Headers.CacheControl = "no-store";        // the next mode may have some
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static byte[] DocumentOf(ImmutableArray<string> statements)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in statements.Select(ProvenanceStatement.SignerOf).OfType<JsonWebKey>().DistinctBy(key => key.Thumbprint)) key.WriteTo(json);
            json.WriteEndArray();
            json.WriteStartArray("statements");
            foreach (var statement in statements) json.WriteStringValue(statement);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }
}
