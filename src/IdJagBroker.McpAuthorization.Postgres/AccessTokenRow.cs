using System.Buffers;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol;
using Npgsql;

namespace IdJagBroker.McpAuthorization.Postgres;

/// <summary>A row of <c>idjag.access_tokens</c>, in the order of its columns.</summary>
internal static class AccessTokenRow
{
    public static object?[] ValuesOf(AccessTokenRecord token) =>
    [
        token.JwtId, token.Subject, token.ClientId, token.Resource, token.Scope.ToString(), token.IssuedAt.ToUniversalTime(), token.ExpiresAt.ToUniversalTime(),
        token.IdJagIssuer, token.IdJagJwtId, token.KeyThumbprint, token.AuthTime?.ToUniversalTime(), token.Acr, token.Amr.ToArray(), Write(token.Claims),
    ];

    /// <exception cref="InvalidDataException">Somebody else wrote the row.</exception>
    public static AccessTokenRecord Read(NpgsqlDataReader row) => new()
    {
        JwtId = row.GetString(0), Subject = row.GetString(1), ClientId = row.GetString(2), Resource = row.GetString(3),
        Scope = ScopeSet.TryParse(row.GetString(4), out var scope) ? scope : throw new InvalidDataException("The scope of a recorded access token is malformed."),
        IssuedAt = row.GetFieldValue<DateTimeOffset>(5), ExpiresAt = row.GetFieldValue<DateTimeOffset>(6), IdJagIssuer = row.GetString(7), IdJagJwtId = row.GetString(8),
        KeyThumbprint = row.IsDBNull(9) ? null : row.GetString(9), AuthTime = row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10),
        Acr = row.IsDBNull(11) ? null : row.GetString(11), Amr = row.GetFieldValue<string[]>(12), Claims = ReadClaims(row.GetString(13)),
    };

    private static string Write(IReadOnlyDictionary<string, string> claims)
    {
        if (claims.Count is 0) return "{}";
        var utf8 = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(utf8))
        {
            json.WriteStartObject();
            foreach (var (name, value) in claims)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value);
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(utf8.WrittenSpan);
    }

    private static Dictionary<string, string> ReadClaims(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateObject().ToDictionary(claim => claim.Name, claim => claim.Value.GetRawText(), StringComparer.Ordinal);
    }
}
