using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Policies;

/// <summary>What an authorization server wants of its ID-JAGs besides <c>sub</c> and lifetime.</summary>
internal sealed record TokenSettings
{
    public static TokenSettings Default { get; } = new();

    /// <summary>What they are signed with: ES256, or RS256 for a server that knows nothing else.</summary>
    public JwsAlgorithm Algorithm { get; init; } = JwsAlgorithm.ES256;

    /// <summary>The claims that are copied from the ID Token (JAG-25, C-36); <c>email</c> only if verified (JAG-22).</summary>
    public ImmutableArray<string> Claims { get; init; } = [];

    /// <summary><c>tenant</c>: this enterprise's name in a namespace that the server shares among issuers' tenants (JAG-18, D1), or null.</summary>
    public string? Tenant { get; init; }

    /// <summary><c>aud_tenant</c>: the enterprise's tenant at the server (JAG-19), or null.</summary>
    public string? AudienceTenant { get; init; }

    /// <summary><c>aud_sub</c>: by <c>idp|id</c>, the person's account at the server (JAG-20).</summary>
    public FrozenDictionary<string, string> AudienceSubjects { get; init; } = FrozenDictionary<string, string>.Empty;

    /// <summary>The claim of the ID Token that holds the account at the server, or null.</summary>
    public string? AudienceSubjectClaim { get; init; }
}
