namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>An authorization server that records its access tokens, and whom it tells about them.</summary>
public static class RecordingRas
{
    public const string Asker = "mcp server/1";
    public const string AskerSecret = "what+the mcp:server%knows-0123456789";

    public static Task<Ras> StartAsync(
        LoopbackBroker broker, AccessTokenFormat format = AccessTokenFormat.Jwt, Action<IdJagAuthorizationServerOptions>? configure = null,
        Action<TrustedIssuer>? trust = null, Action<IdJagAuthorizationServerBuilder>? build = null, int port = 0) => Ras.StartAsync(broker, new RasSetup
        {
            Configure = options =>
            {
                (options.AccessTokenFormat, options.RecordAccessTokens) = (format, format is AccessTokenFormat.Jwt);
                options.Resources.Add(new ProtectedResource { Resource = "https://mcp.trackr.example/other", Scopes = ["tickets:read"] });
                options.IntrospectionClients.Add(new IntrospectionClient { ClientId = Asker, Secret = AskerSecret, Resources = [Ras.Resource] });
                configure?.Invoke(options);
            },
            Trust = trust ?? (_ => { }),
            Build = build ?? (_ => { }),
            Port = port,
        });

    public static Task<Answer> IntrospectAsync(this Ras ras, string? token, string? authorization = null, params (string, string)[] more) => ras.SendAsync(
        authorization ?? Ras.Basic(Asker, AskerSecret), [.. token is null ? [] : new[] { ("token", token) }, .. more], path: "/introspect");

    public static Task<Answer> RevokeAsync(this Ras ras, string? token, string? authorization = null, params (string, string)[] more) => ras.SendAsync(
        authorization ?? Ras.Basic(Ras.Client, Ras.Secret), [.. token is null ? [] : new[] { ("token", token) }, .. more], path: "/revoke");

    public static async Task<int> CallAsync(this Ras ras, string token) => (await ras.CallAsync("Bearer " + token, Ras.Call("tickets.list"))).Status;

    public static async Task<string> TokenAsync(this Ras ras, Draft idJag) => (await ras.RedeemAsync(idJag)).AssertIssued().AccessToken;
}

/// <summary>A store of access tokens that can be away.</summary>
public sealed class FaultyTokenStore(TimeProvider clock) : IAccessTokenStore
{
    private readonly InMemoryAccessTokenStore _store = new(clock);

    public bool IsAway { get; set; }

    public ValueTask<bool> TryAddAsync(AccessTokenRecord token, CancellationToken ct) => There().TryAddAsync(token, ct);

    public ValueTask<AccessTokenRecord?> FindAsync(string jwtId, CancellationToken ct) => There().FindAsync(jwtId, ct);

    public ValueTask<int> RevokeAsync(AccessTokenSelection selection, DateTimeOffset idJagEndsAt, CancellationToken ct) => There().RevokeAsync(selection, idJagEndsAt, ct);

    private InMemoryAccessTokenStore There() => IsAway ? throw new InvalidOperationException("the store is away: secret detail") : _store;
}
