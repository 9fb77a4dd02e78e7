using System.Buffers;
using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>The per-type part of an issuance event as JSON. E-mail, and any <c>sub</c> that is not a random id of ours, stay out.</summary>
internal static class IssuanceData
{
    private static readonly Dictionary<string, string> NoClaims = [];

    [ThreadStatic] private static ArrayBufferWriter<byte>? _buffer;
    [ThreadStatic] private static Utf8JsonWriter? _writer;

    public static ReadOnlyMemory<byte> Write(Issuance issuance, ReadOnlySpan<byte> signingInputHash)
    {
        var json = Begin(issuance.Attempt);
        Span<char> hash = stackalloc char[2 * signingInputHash.Length];
        Convert.TryToHexStringLower(signingInputHash, hash, out _);
        json.WriteString("signing_input_sha256"u8, hash);
        WriteClaims(json, issuance);
        return End(json);
    }

    public static ReadOnlyMemory<byte> Write(AdminSignIn signIn, ReadOnlySpan<byte> signingInputHash)
    {
        var json = Begin(signIn.Attempt);
        json.WriteString("scope"u8, signIn.Scope.ToString());
        json.WriteNumber("exp"u8, signIn.ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("signing_input_sha256"u8, Convert.ToHexStringLower(signingInputHash));
        return End(json);
    }

    public static ReadOnlyMemory<byte> Write(IssuanceAttempt attempt, OAuthError refusal)
    {
        var json = Begin(attempt);
        json.WriteString("error"u8, refusal.Code);
        if (refusal.Detail is not null) json.WriteString("detail"u8, refusal.Detail);
        return End(json);
    }

    // One writer for each thread: nothing between begin and end waits.
    private static Utf8JsonWriter Begin(IssuanceAttempt attempt)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        var json = _writer ??= new Utf8JsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        WriteAttempt(json, attempt);
        return json;
    }

    private static ReadOnlyMemory<byte> End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.Flush();
        return _buffer!.WrittenSpan.ToArray();
    }

    private static void WriteAttempt(Utf8JsonWriter json, IssuanceAttempt attempt)
    {
        if (attempt.Administrator is { } administrator)
        {
            json.WritePropertyName("actor"u8);
            administrator.ToJson().WriteTo(json);
        }
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
        Impersonal(issuance).WriteTo(json);
        json.WriteEndObject();
        if (issuance.IdJag.ExtraClaims.Count > 0) WriteTexts(json, "extra_claims"u8, [.. issuance.IdJag.ExtraClaims.Keys]);       // which, never what they say
    }

    private static IdJag Impersonal(Issuance issuance)
    {
        var claims = issuance.IdJag;
        return issuance.SubjectIsRandom && claims is { Email: null, EmailVerified: null, AudienceSubject: null, ExtraClaims.Count: 0 }
            ? claims
            : claims with { Email = null, EmailVerified = null, AudienceSubject = null, ExtraClaims = NoClaims, Subject = issuance.SubjectIsRandom ? claims.Subject : "" };
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
        for (var i = 0; i < values.Count; i++) json.WriteStringValue(Bounded(values[i]));
        json.WriteEndArray();
    }
}
