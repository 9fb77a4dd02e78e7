using System.Buffers;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>
/// The per-type part of an issuance event, written in canonical order: members by name. E-mail, and any <c>sub</c> that is not a random id
/// of ours, stay out.
/// </summary>
internal static class IssuanceData
{
    [ThreadStatic] private static ArrayBufferWriter<byte>? _buffer;
    [ThreadStatic] private static CanonicalJsonWriter? _writer;

    public static EventData Of(Issuance issuance, ReadOnlySpan<byte> signingInputHash)
    {
        var json = Begin();
        WriteClaims(json, issuance.IdJag, issuance.SubjectIsRandom);
        if (issuance.IdJag.ExtraClaims.Count > 0) Texts(json, "extra_claims"u8, [.. issuance.IdJag.ExtraClaims.Keys.Order(StringComparer.Ordinal)]);       // which, never what they say
        WriteAttempt(json, issuance.Attempt);
        Span<char> hash = stackalloc char[2 * signingInputHash.Length];
        Convert.TryToHexStringLower(signingInputHash, hash, out _);
        json.Name("signing_input_sha256"u8);
        json.String(hash);
        return End(json);
    }

    public static EventData Of(AdminSignIn signIn, ReadOnlySpan<byte> signingInputHash)
    {
        var json = Begin();
        Number(json, "exp"u8, signIn.ExpiresAt.ToUnixTimeSeconds());
        WriteAttempt(json, signIn.Attempt);
        Text(json, "scope"u8, signIn.Scope.ToString());
        Text(json, "signing_input_sha256"u8, Convert.ToHexStringLower(signingInputHash));
        return End(json);
    }

    public static EventData Of(IssuanceAttempt attempt, OAuthError refusal)
    {
        var json = Begin();
        Text(json, "detail"u8, refusal.Detail);
        Text(json, "error"u8, refusal.Code);
        WriteAttempt(json, attempt);
        return End(json);
    }

    // One writer for each thread: nothing between begin and end waits.
    private static CanonicalJsonWriter Begin()
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(2048);
        var json = _writer ??= new CanonicalJsonWriter(buffer);
        buffer.ResetWrittenCount();
        json.Reset();
        json.StartObject();
        return json;
    }

    private static EventData End(CanonicalJsonWriter json)
    {
        json.EndObject();
        return EventData.Written(_buffer!.WrittenSpan.ToArray());
    }

    private static void WriteAttempt(CanonicalJsonWriter json, IssuanceAttempt attempt)
    {
        json.Name("facts"u8);
        json.StartObject();
        Text(json, "acr"u8, attempt.Acr);
        Texts(json, "amr"u8, attempt.Amr);
        if (attempt.AuthTime is { } at) Number(json, "auth_time"u8, at.ToUnixTimeSeconds());
        Text(json, "client_auth"u8, attempt.ClientAuthentication);
        Text(json, "client_document"u8, attempt.ClientDocument);
        json.Name("dpop"u8);
        json.Boolean(attempt.KeyThumbprint is not null);
        Text(json, "jkt"u8, attempt.KeyThumbprint);
        Text(json, "upstream"u8, attempt.Upstream);
        json.EndObject();

        json.Name("request"u8);
        json.StartObject();
        Text(json, "audience"u8, Bounded(attempt.RequestedAudience));
        Texts(json, "resource"u8, attempt.RequestedResources);
        Text(json, "scope"u8, attempt.RequestedScope);
        json.EndObject();
        Texts(json, "rules"u8, attempt.Rules);
    }

    private static void WriteClaims(CanonicalJsonWriter json, IdJag claims, bool subjectIsRandom)
    {
        json.Name("claims"u8);
        json.StartObject();
        Text(json, "acr"u8, claims.Acr);
        Texts(json, "amr"u8, claims.Amr);
        Text(json, "aud"u8, claims.Audience);
        Text(json, "aud_tenant"u8, claims.AudienceTenant);
        if (claims.AuthTime is { } at) Number(json, "auth_time"u8, at.ToUnixTimeSeconds());
        Text(json, "client_id"u8, claims.ClientId);
        if (claims.KeyThumbprint is { } thumbprint)
        {
            json.Name("cnf"u8);
            json.StartObject();
            Text(json, "jkt"u8, thumbprint);
            json.EndObject();
        }
        Number(json, "exp"u8, claims.ExpiresAt.ToUnixTimeSeconds());
        Number(json, "iat"u8, claims.IssuedAt.ToUnixTimeSeconds());
        Text(json, "iss"u8, claims.Issuer);
        Text(json, "jti"u8, claims.JwtId);
        if (claims.Resources.Count is 1) Text(json, "resource"u8, claims.Resources[0]);
        else Texts(json, "resource"u8, claims.Resources);
        if (!claims.Scope.IsEmpty) Text(json, "scope"u8, claims.Scope.ToString());
        if (subjectIsRandom) Text(json, "sub"u8, claims.Subject);
        Text(json, "tenant"u8, claims.Tenant);
        json.EndObject();
    }

    // A cut must not leave half a character.
    private static string? Bounded(string? text) => text is { Length: > 256 } ? text[..(char.IsHighSurrogate(text[255]) ? 255 : 256)] : text;

    private static void Text(CanonicalJsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is null) return;
        json.Name(name);
        json.String(value);
    }

    private static void Number(CanonicalJsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        json.Name(name);
        json.Number(value);
    }

    private static void Texts(CanonicalJsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count is 0) return;
        json.Name(name);
        json.StartArray();
        for (var i = 0; i < values.Count; i++) json.String(Bounded(values[i]));
        json.EndArray();
    }
}
