using System.Collections.Frozen;
using System.Collections.ObjectModel;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Protocol;

/// <summary>The claims of an ID-JAG (ID-JAG §3.1), by their registered names.</summary>
public sealed record IdJag
{
    /// <summary>The longest ID-JAG, encoded, in characters (JAG-29).</summary>
    public const int MaxChars = 8 * 1024;

    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal, "iss", "sub", "aud", "client_id", "jti", "iat", "exp", "nbf", "resource", "scope", "authorization_details", "email",
        "email_verified", "auth_time", "acr", "amr", "tenant", "aud_tenant", "aud_sub", "sub_id", "act", "may_act", "cnf", "nonce", "at_hash",
        "c_hash", "s_hash", "azp", "sid", "events", "_claim_names", "_claim_sources");

    /// <summary><c>iss</c>: the broker.</summary>
    public required string Issuer { get; init; }

    /// <summary><c>sub</c>: the person, in the issuer's namespace. Empty in a record that must not say it: then it is not written.</summary>
    public required string Subject { get; init; }

    /// <summary><c>aud</c>: the issuer identifier of the one authorization server that this is for.</summary>
    public required string Audience { get; init; }

    /// <summary><c>client_id</c>: the client's identifier at that authorization server, not at the broker.</summary>
    public required string ClientId { get; init; }

    /// <summary><c>jti</c>: unique for each ID-JAG of the issuer.</summary>
    public required string JwtId { get; init; }

    /// <summary><c>iat</c>, whole seconds.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary><c>exp</c>, whole seconds.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary><c>resource</c>: the granted MCP servers.</summary>
    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary><c>scope</c>: what is granted there.</summary>
    public ScopeSet Scope { get; init; } = ScopeSet.Empty;

    /// <summary><c>email</c>, only if verified (JAG-22).</summary>
    public string? Email { get; init; }

    /// <summary><c>email_verified</c>, as the upstream said; null if there is no e-mail.</summary>
    public bool? EmailVerified { get; init; }

    /// <summary><c>auth_time</c>: when the person signed in.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary><c>acr</c>: how strongly, copied unchanged.</summary>
    public string? Acr { get; init; }

    /// <summary><c>amr</c>: by what, copied unchanged.</summary>
    public IReadOnlyList<string> Amr { get; init; } = [];

    /// <summary><c>tenant</c>: the issuer's tenant.</summary>
    public string? Tenant { get; init; }

    /// <summary><c>aud_tenant</c>: the authorization server's tenant.</summary>
    public string? AudienceTenant { get; init; }

    /// <summary><c>aud_sub</c>: the person's account at the authorization server.</summary>
    public string? AudienceSubject { get; init; }

    /// <summary><c>sub_id</c>: the person by an identifier of another kind (RFC 9493). Only read: no receiver has been promised one yet.</summary>
    public SubjectIdentifier? SubjectId { get; private init; }

    /// <summary>Further claims by name, each as JSON text: what a receiver was promised beyond the registered ones (JAG-25). None is read back.</summary>
    /// <exception cref="ArgumentException">A name is reserved: a claim must not be written twice, or mean what it never said.</exception>
    public IReadOnlyDictionary<string, string> ExtraClaims
    {
        get;
        init => field = value.Keys.FirstOrDefault(IsReserved) is { } name ? throw new ArgumentException($"'{name}' is not an extra claim.", nameof(value)) : value;
    } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>
    /// The RFC 7638 SHA-256 thumbprint, base64url, of the key that this is bound to (JAG-26): read as <see cref="KeyConfirmation"/> reads it, written
    /// as <c>cnf.jkt</c>. Null if it is bound to none, or in a way that is not read here: <see cref="IsKeyBound"/> tells.
    /// </summary>
    public string? KeyThumbprint { get; init; }

    /// <summary>Whether the claims hold a <c>cnf</c> of any shape: the ID-JAG is bound to a key, and worthless without a proof of it.</summary>
    public bool IsKeyBound
    {
        get => field || KeyThumbprint is not null;
        private init;
    }

    /// <summary>Whether a claim of that name has a meaning in an ID-JAG, or in the ID Token it comes from, that no copy may touch (JAG-25, C-36).</summary>
    public static bool IsReserved(string name) => Reserved.Contains(name);

    /// <summary>Writes the claims as members of an object that is already begun.</summary>
    /// <exception cref="InvalidOperationException">It was read with a <c>cnf</c> that cannot be written: without it, it would be worth more.</exception>
    public void WriteTo(Utf8JsonWriter json)
    {
        if (IsKeyBound && KeyThumbprint is null) throw new InvalidOperationException("The ID-JAG is bound to a key without a thumbprint.");
        json.WriteString("iss"u8, Issuer);
        if (Subject.Length > 0) json.WriteString("sub"u8, Subject);
        json.WriteString("aud"u8, Audience);
        json.WriteString("client_id"u8, ClientId);
        json.WriteString("jti"u8, JwtId);
        json.WriteNumber("iat"u8, IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp"u8, ExpiresAt.ToUnixTimeSeconds());
        ProtocolJson.WriteOneOrMany(json, "resource"u8, Resources);
        if (!Scope.IsEmpty) json.WriteString("scope"u8, Scope.ToString());
        if (Email is not null) json.WriteString("email"u8, Email);
        if (EmailVerified is { } verified) json.WriteBoolean("email_verified"u8, verified);
        if (AuthTime is { } at) json.WriteNumber("auth_time"u8, at.ToUnixTimeSeconds());
        if (Acr is not null) json.WriteString("acr"u8, Acr);
        if (Amr.Count > 0)
        {
            json.WriteStartArray("amr"u8);
            for (var i = 0; i < Amr.Count; i++) json.WriteStringValue(Amr[i]);
            json.WriteEndArray();
        }
        if (Tenant is not null) json.WriteString("tenant"u8, Tenant);
        if (AudienceTenant is not null) json.WriteString("aud_tenant"u8, AudienceTenant);
        if (AudienceSubject is not null) json.WriteString("aud_sub"u8, AudienceSubject);
        foreach (var (name, value) in ExtraClaims)
        {
            json.WritePropertyName(name);
            json.WriteRawValue(value);
        }
        if (KeyThumbprint is null) return;
        json.WriteStartObject("cnf"u8);
        json.WriteString("jkt"u8, KeyThumbprint);
        json.WriteEndObject();
    }

    /// <summary>The claims, complete but for the signature; false if it would be longer than <see cref="MaxChars"/>, so that no receiver would read it (JAG-29).</summary>
    /// <exception cref="InvalidOperationException">It is about nobody.</exception>
    public bool TryToJws(ISigningKey key, [NotNullWhen(true)] out UnsignedJws? jws)
    {
        if (Subject.Length is 0) throw new InvalidOperationException("The ID-JAG has no subject.");
        jws = UnsignedJws.Create(key, JwtType.IdJag, this, static (claims, json) => claims.WriteTo(json));
        if (jws.EncodedLength > MaxChars) jws = null;
        return jws is not null;
    }

    /// <summary>The same, for who knows that it is not that long.</summary>
    /// <exception cref="InvalidOperationException">It would be longer than <see cref="MaxChars"/>, or is about nobody.</exception>
    public UnsignedJws ToJws(ISigningKey key) =>
        TryToJws(key, out var jws) ? jws : throw new InvalidOperationException("The ID-JAG is longer than receivers read.");

    /// <summary>
    /// Reads the claims by their types (RAS-14, JAG-10…15); says what is wrong in a few fixed words otherwise. Times are read, and
    /// checked by <see cref="JwtTimes"/>; whose token it is and for whom is the caller's to check.
    /// </summary>
    public static bool TryRead(JwtClaims claims, JwtTimes times, [NotNullWhen(true)] out IdJag? idJag, [NotNullWhen(false)] out string? fault)
    {
        idJag = null;
        if (claims.GetString("iss"u8, 2048, out var issuer) is not ClaimState.Present) return Fail("iss is missing or malformed", out fault);
        if (claims.GetString("sub"u8, 255, out var subject) is not ClaimState.Present) return Fail("sub is missing or malformed", out fault);
        if (claims.GetStrings("aud"u8, 1, out var audience) is not ClaimState.Present || audience.Count is not 1)
            return Fail("aud is missing or not exactly one", out fault);
        if (claims.GetString("client_id"u8, 2048, out var clientId) is not ClaimState.Present) return Fail("client_id is missing or malformed", out fault);
        if (claims.GetString("jti"u8, 255, out var jwtId) is not ClaimState.Present) return Fail("jti is missing or malformed", out fault);

        if (claims.GetStrings("resource"u8, TokenExchangeRequest.MaxResources, out var resources) is ClaimState.Malformed)
            return Fail("resource is malformed", out fault);
        if (resources.Count is 0 && claims.Has("resource"u8)) return Fail("resource names none", out fault);   // none granted is not all
        if (resources.Count > 1 && resources.Distinct(StringComparer.Ordinal).Count() != resources.Count) return Fail("resource names one twice", out fault);
        if (claims.GetString("scope"u8, ScopeSet.MaxChars, out var scopeText) is ClaimState.Malformed
            || !ScopeSet.TryParse(scopeText, out var scope)) return Fail("scope is malformed", out fault);
        if (claims.GetString("email"u8, 320, out var email) is ClaimState.Malformed) return Fail("email is malformed", out fault);
        var verifiedState = claims.GetBoolean("email_verified"u8, out var verified);
        if (verifiedState is ClaimState.Malformed) return Fail("email_verified is malformed", out fault);
        var authTimeState = claims.GetDate("auth_time"u8, out var authTime);
        if (authTimeState is ClaimState.Malformed) return Fail("auth_time is malformed", out fault);
        if (claims.GetString("acr"u8, 255, out var acr) is ClaimState.Malformed) return Fail("acr is malformed", out fault);
        if (claims.GetStrings("amr"u8, 32, out var amr) is ClaimState.Malformed) return Fail("amr is malformed", out fault);
        if (claims.GetString("tenant"u8, 255, out var tenant) is ClaimState.Malformed) return Fail("tenant is malformed", out fault);
        if (claims.GetString("aud_tenant"u8, 255, out var audienceTenant) is ClaimState.Malformed) return Fail("aud_tenant is malformed", out fault);
        if (claims.GetString("aud_sub"u8, 255, out var audienceSubject) is ClaimState.Malformed) return Fail("aud_sub is malformed", out fault);

        SubjectIdentifier? subjectId = null;
        if (claims.GetObject("sub_id"u8, out var identifier) is var subjectIdState && (subjectIdState is ClaimState.Malformed
            || (subjectIdState is ClaimState.Present && !SubjectIdentifier.TryRead(identifier, out subjectId)))) return Fail("sub_id is malformed", out fault);

        fault = null;
        var binding = KeyConfirmation.Of(claims);
        idJag = new IdJag
        {
            Issuer = issuer!, Subject = subject!, Audience = audience[0], ClientId = clientId!, JwtId = jwtId!,
            IssuedAt = times.IssuedAt, ExpiresAt = times.ExpiresAt,
            Resources = resources, Scope = scope,
            Email = email, EmailVerified = verifiedState is ClaimState.Present ? verified : null,
            AuthTime = authTimeState is ClaimState.Present ? authTime : null, Acr = acr, Amr = amr,
            Tenant = tenant, AudienceTenant = audienceTenant, AudienceSubject = audienceSubject, SubjectId = subjectId,
            KeyThumbprint = binding.Thumbprint, IsKeyBound = binding.IsThere,
        };
        return true;
    }

    private static bool Fail(string what, out string fault)
    {
        fault = what;
        return false;
    }
}
