using System.Buffers;
using System.Text;
using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>The per-type part of an issuance event as JSON. E-mail, and any <c>sub</c> that is not a random id of ours, stay out.</summary>
internal static class IssuanceData
{
    private static readonly Dictionary<string, string> NoClaims = [];

    public static string Write(Issuance issuance, ReadOnlySpan<byte> signingInputHash)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteAttempt(json, issuance.Attempt);
            json.WriteString("signing_input_sha256"u8, Convert.ToHexStringLower(signingInputHash));
            WriteClaims(json, issuance);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Write(IssuanceAttempt attempt, OAuthError refusal)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteAttempt(json, attempt);
            json.WriteString("error"u8, refusal.Code);
            if (refusal.Detail is not null) json.WriteString("detail"u8, refusal.Detail);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteAttempt(Utf8JsonWriter json, IssuanceAttempt attempt)
    {
        json.WriteStartObject("request"u8);
        WriteText(json, "audience"u8, Bounded(attempt.RequestedAudience));
        WriteTexts(json, "resource"u8, attempt.RequestedResources);
        WriteText(json, "scope"u8, attempt.RequestedScope);
        json.WriteEndObject();

        json.WriteStartObject("facts"u8);
        WriteText(json, "client_auth"u8, attempt.ClientAuthentication);
        WriteText(json, "client_document"u8, attempt.ClientDocument);
        json.WriteBoolean("dpop"u8, attempt.KeyThumbprint is not null);
        WriteText(json, "jkt"u8, attempt.KeyThumbprint);
        WriteText(json, "upstream"u8, attempt.Upstream);
        if (attempt.AuthTime is { } at) json.WriteNumber("auth_time"u8, at.ToUnixTimeSeconds());
        WriteText(json, "acr"u8, attempt.Acr);
        WriteTexts(json, "amr"u8, attempt.Amr);
        WriteText(json, "ip_net"u8, attempt.Network);
        WriteText(json, "ua"u8, Bounded(attempt.UserAgent));
        json.WriteEndObject();
        WriteTexts(json, "rules"u8, attempt.Rules);
    }

    private static void WriteClaims(Utf8JsonWriter json, Issuance issuance)
    {
        json.WriteStartObject("claims"u8);
        var claims = issuance.IdJag with { Email = null, EmailVerified = null, AudienceSubject = null, ExtraClaims = NoClaims, Subject = issuance.SubjectIsRandom ? issuance.IdJag.Subject : "" };
        claims.WriteTo(json);
        json.WriteEndObject();
        WriteTexts(json, "extra_claims"u8, [.. issuance.IdJag.ExtraClaims.Keys]);       // which, never what they say
    }

    private static string? Bounded(string? text) => text is { Length: > 256 } ? text[..256] : text;

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void WriteTexts(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count is 0) return;
        json.WriteStartArray(name);
        foreach (var value in values) json.WriteStringValue(Bounded(value));
        json.WriteEndArray();
    }
}
