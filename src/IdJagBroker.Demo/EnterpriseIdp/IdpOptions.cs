using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>How the provider is set up.</summary>
internal sealed record IdpOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes any free one.</summary>
    public int Port { get; init; }

    /// <summary>The URL before every path and issuer, without a trailing slash; null means the one that it listens on.</summary>
    public string? BaseUrl { get; init; }

    /// <summary>Who can sign in.</summary>
    public required IReadOnlyList<Person> People { get; init; }

    /// <summary>Which applications may ask.</summary>
    public required IReadOnlyList<IdpClient> Clients { get; init; }

    /// <summary>What the ID Tokens look like, unless a client has its own shape.</summary>
    public IdTokenShape Shape { get; init; } = new PlainShape();

    /// <summary>What it signs with: RS256, which every provider must know (OpenID Connect Core §15.1), or ES256.</summary>
    public JwsAlgorithm Algorithm { get; init; } = JwsAlgorithm.RS256;

    /// <summary>Whose provider this is, for the pages.</summary>
    public string Company { get; init; } = "Acme";

    /// <summary>How long a browser stays signed in.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(8);

    /// <summary>How long a refresh token can lie unused.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
