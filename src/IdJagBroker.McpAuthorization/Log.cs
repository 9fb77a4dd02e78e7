using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>What this library logs. No method takes a token, a secret or a person's identifier (SEC-26).</summary>
internal static partial class Log
{
    [LoggerMessage(1001, LogLevel.Information, "Issued access token {TokenId} to {ClientId} for ID-JAG {JwtId} of {Issuer}: {Resource} [{Scope}]")]
    public static partial void TokenIssued(
        ILogger logger, string clientId, string issuer, string jwtId, string resource, string scope, string tokenId);

    [LoggerMessage(1002, LogLevel.Warning, "Refused an assertion of {ClientId}: {Code} {Reason} {Detail}")]
    public static partial void AssertionRefused(ILogger logger, string clientId, string code, string? reason, string? detail);

    [LoggerMessage(1003, LogLevel.Warning, "Refused ID-JAG {JwtId} of {Issuer} from {ClientId}: {Code} {Reason} {Detail}")]
    public static partial void RedemptionRefused(
        ILogger logger, string clientId, string issuer, string jwtId, string code, string? reason, string? detail);

    [LoggerMessage(1004, LogLevel.Error, "The replay guard failed for {JwtId} of {Issuer}")]
    public static partial void ReplayGuardFailed(ILogger logger, string issuer, string jwtId, Exception exception);

    [LoggerMessage(1005, LogLevel.Error, "The keys of {Issuer} could not be fetched: {Failure} {Detail}")]
    public static partial void IssuerKeysNotFetched(ILogger logger, string issuer, string failure, string detail);

    [LoggerMessage(1006, LogLevel.Error, "The metadata of {Issuer} names another issuer; its keys are not used")]
    public static partial void IssuerMetadataMismatch(ILogger logger, string issuer);

    [LoggerMessage(1007, LogLevel.Error, "A token request failed")]
    public static partial void TokenRequestFailed(ILogger logger, Exception exception);

    [LoggerMessage(1008, LogLevel.Warning, "No keys of {Issuer}: token requests are answered 503 for now")]
    public static partial void IssuerKeysUnavailable(ILogger logger, string issuer);

    [LoggerMessage(1009, LogLevel.Warning, "Refused a client that came with {Method}: {Code} {Reason} {Detail}")]
    public static partial void ClientRefused(ILogger logger, ClientAuthenticationMethod method, string code, string? reason, string? detail);

    [LoggerMessage(1010, LogLevel.Error, "Receipts for {Issuer} could not be sent: {Fault}; they are kept and sent again while there is room")]
    public static partial void ReceiptsNotSent(ILogger logger, string issuer, string fault);

    [LoggerMessage(1011, LogLevel.Warning, "{Issuer} rejected {Count} receipts: {Fault}")]
    public static partial void ReceiptsRejected(ILogger logger, string issuer, int count, string fault);

    [LoggerMessage(1012, LogLevel.Error, "{Count} receipts for {Issuer} were given up since this was last said: too many waited, or the application stopped")]
    public static partial void ReceiptsDropped(ILogger logger, string issuer, long count);

    [LoggerMessage(1013, LogLevel.Warning, "The metadata document of client {Document} changed: {Change}")]
    public static partial void ClientDocumentChanged(ILogger logger, string document, string change);

    [LoggerMessage(1014, LogLevel.Error, "Whether {Issuer} is on could not be told; its ID-JAGs are not taken for now")]
    public static partial void IssuerSwitchFailed(ILogger logger, string issuer, Exception exception);

    [LoggerMessage(1015, LogLevel.Warning, "What a client publishes at {Address} could not be fetched: {Failure} {Detail}; what is known stays for a day at most")]
    public static partial void ClientNotFetched(ILogger logger, string address, string failure, string detail);

    [LoggerMessage(1016, LogLevel.Error, "The access token store failed")]
    public static partial void TokenStoreFailed(ILogger logger, Exception exception);

    [LoggerMessage(1017, LogLevel.Information, "Revoked {Count} access tokens: ID-JAGs of {Issuer}, ID-JAG {JwtId}, client {ClientId}, resource {Resource}")]
    public static partial void TokensRevoked(ILogger logger, int count, string? issuer, string? jwtId, string? clientId, string? resource);

    [LoggerMessage(1018, LogLevel.Information, "{ClientId} revoked access token {TokenId}")]
    public static partial void TokenRevoked(ILogger logger, string clientId, string tokenId);

    [LoggerMessage(1019, LogLevel.Warning, "{ClientId} tried to revoke access token {TokenId}, which is not its own")]
    public static partial void RevocationRefused(ILogger logger, string clientId, string tokenId);

    [LoggerMessage(1020, LogLevel.Warning, "Refused to tell about a token: the one who asks is not registered, or its secret is wrong")]
    public static partial void IntrospectionRefused(ILogger logger);

    [LoggerMessage(1101, LogLevel.Information, "Refused an access token at {Resource}: {Reason}")]
    public static partial void AccessTokenRefused(ILogger logger, string resource, string reason);

    [LoggerMessage(1102, LogLevel.Information, "Refused a call at {Resource} by {ClientId} with token {TokenId}: {Reason}")]
    public static partial void CallRefused(ILogger logger, string resource, string clientId, string tokenId, string reason);

    [LoggerMessage(1103, LogLevel.Error, "Whether access tokens at {Resource} are active could not be told: {Fault}; requests are answered 503 for now")]
    public static partial void TokenStatusUnavailable(ILogger logger, string resource, string fault);

    [LoggerMessage(1301, LogLevel.Error, "The metadata of {Issuer} could not be extended; it is served as it is, and clients do not learn that ID-JAGs are taken")]
    public static partial void MetadataNotExtended(ILogger logger, string issuer, Exception exception);
}
