using System.Collections.ObjectModel;

namespace IdJagBroker.Upstreams;

/// <summary>A person whom an upstream vouches for, by a token that this client may present.</summary>
internal sealed record VerifiedSubject
{
    private readonly TimeSpan? _vouchedAge;

    /// <summary>The upstream's alias in the catalogue.</summary>
    public required string Upstream { get; init; }

    /// <summary>What the upstream calls the person for ever (D2): Entra <c>tid</c>/<c>oid</c>, otherwise <c>sub</c>. Never an e-mail address.</summary>
    public required string StableId { get; init; }

    /// <summary>The upstream's <c>sub</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>The aliases of the groups that the policy knows.</summary>
    public required IReadOnlySet<string> Groups { get; init; }

    /// <summary>The stable ids of all groups that the upstream stated, those that the policy knows and those that it does not.</summary>
    public IReadOnlyList<string> GroupIds { get; init; } = [];

    /// <summary>The tenant at the upstream, if it has such: Entra <c>tid</c>, Google <c>hd</c>.</summary>
    public string? Tenant { get; init; }

    /// <summary>The claims that rules may ask for (<c>policyClaims</c>), if the token has them.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> PolicyClaims { get; init; } = ReadOnlyDictionary<string, IReadOnlyList<string>>.Empty;

    /// <summary>Whether <see cref="Groups"/> are all: false for overage, or where the upstream sends no groups. Never read as "no groups".</summary>
    public required bool GroupsComplete { get; init; }

    /// <summary>The e-mail address, only if the upstream verified it or owns its domain (JAG-22).</summary>
    public string? VerifiedEmail { get; init; }

    /// <summary>What the upstream says the person is called; nothing is decided by it.</summary>
    public string? Name { get; init; }

    /// <summary>When the person signed in.</summary>
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>How long ago that was, by the token's word: since <see cref="AuthTime"/>, or at least since the token.</summary>
    public required TimeSpan SignInAge { get; init; }

    /// <summary>How long ago the upstream last vouched for the person: as long ago as the sign-in, unless it was asked again since.</summary>
    public TimeSpan VouchedAge { get => _vouchedAge ?? SignInAge; init => _vouchedAge = value; }

    /// <summary>The session at this issuer that the subject token is of, if it is one of the broker's own.</summary>
    public string? Session { get; init; }

    /// <summary>The authentication context, if the upstream names exactly one.</summary>
    public string? Acr { get; init; }

    /// <summary>Every context that the sign-in met; Entra names several (<c>acrs</c>).</summary>
    public IReadOnlyList<string> AuthenticationContexts { get; init; } = [];

    public IReadOnlyList<string> Amr { get; init; } = [];

    /// <summary>The string claims that some authorization server's subject rule names, if the token has them.</summary>
    public IReadOnlyDictionary<string, string> SubjectClaims { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The claims that some authorization server gets copied, as JSON text, if the token has them; <c>email</c> only if verified.</summary>
    public IReadOnlyDictionary<string, string> CopiedClaims { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>How policies name the person.</summary>
    public string PolicyName => field ??= $"{Upstream}|{StableId}";
}
