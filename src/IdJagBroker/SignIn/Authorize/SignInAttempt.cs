using System.Text.Json;
using IdJagBroker.Protocol;

namespace IdJagBroker.SignIn.Authorize;

/// <summary>
/// A sign-in under way, from the application's request to its answer. It is kept by the browser that began it, sealed, and nowhere else: nobody else can finish it
/// (RFC 9700 §4.7), any replica can, and strangers who begin many fill no table.
/// </summary>
internal sealed record SignInAttempt
{
    /// <summary>How long a person may take.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>A random name; also the <c>state</c> towards the provider.</summary>
    public required string Id { get; init; }

    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>The client's alias.</summary>
    public required string Client { get; init; }

    /// <summary>The id under which it asks.</summary>
    public required string ClientId { get; init; }

    /// <summary>Where the answer goes.</summary>
    public required string RedirectUri { get; init; }

    public required string Scope { get; init; }

    public string? State { get; init; }

    public string? Nonce { get; init; }

    public required string CodeChallenge { get; init; }

    public string? DpopKeyThumbprint { get; init; }

    public long? MaxAgeSeconds { get; init; }

    public IReadOnlyList<string> AcrValues { get; init; } = [];

    public IReadOnlyList<string> Prompt { get; init; } = [];

    public string? LoginHint { get; init; }

    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>The provider that the person was sent to.</summary>
    public string? Upstream { get; init; }

    /// <summary>What its ID Token must repeat.</summary>
    public string? UpstreamNonce { get; init; }

    /// <summary>What redeems its code.</summary>
    public string? UpstreamVerifier { get; init; }

    /// <summary>The session that the person has by now, while they are shown who asks.</summary>
    public string? Sid { get; init; }

    /// <summary>Begins one.</summary>
    public static SignInAttempt Begin(string id, DateTimeOffset now, string client, string clientId, string redirectUri, AuthorizationRequest request) => new()
    {
        Id = id, BeganAt = now, Client = client, ClientId = clientId, RedirectUri = redirectUri, Scope = request.Scope.ToString(), State = request.State, Nonce = request.Nonce,
        CodeChallenge = request.CodeChallenge, DpopKeyThumbprint = request.DpopKeyThumbprint, MaxAgeSeconds = (long?)request.MaxAge?.TotalSeconds, AcrValues = request.AcrValues,
        Prompt = request.Prompt, LoginHint = request.LoginHint, Resources = [.. request.Resources.Select(resource => resource.Value)],
    };

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static SignInAttempt? FromUtf8(byte[] utf8) => JsonSerializer.Deserialize<SignInAttempt>(utf8);

    /// <summary>Never what only the browser that began it knows.</summary>
    public override string ToString() => $"sign-in through {Client}";
}
