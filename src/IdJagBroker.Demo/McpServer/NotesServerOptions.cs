using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.McpServer;

/// <summary>How the notes server is set up.</summary>
internal sealed record NotesServerOptions
{
    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The issuer whose ID-JAGs are taken: the enterprise's broker.</summary>
    public required string Broker { get; init; }

    /// <summary>The clients, by their ids and secrets here.</summary>
    public required IReadOnlyList<IdJagClient> Clients { get; init; }

    /// <summary>What access tokens are signed with, which the caller disposes of; null: a new key in this process.</summary>
    public ISigningKey? SigningKey { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
