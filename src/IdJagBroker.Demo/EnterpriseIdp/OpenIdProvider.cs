using System.Net;
using System.Text.Json.Nodes;
using IdJagBroker.Demo.EnterpriseIdp.Clients;
using IdJagBroker.Demo.EnterpriseIdp.Logout;
using IdJagBroker.Demo.EnterpriseIdp.Refresh;
using IdJagBroker.Demo.EnterpriseIdp.Sessions;
using Microsoft.AspNetCore.Hosting.Server;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>
/// A small OpenID provider: what an enterprise's Okta, Entra, Google or Ping is to the broker, on the loopback. Authorization code with
/// PKCE, a login page, sessions and refresh tokens, ID Tokens in the shape of a chosen provider, key rotation, and an administrator who
/// disables people. Nothing of it belongs to the product.
/// </summary>
internal sealed class OpenIdProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly IdpIssuers _issuers;
    private readonly IdpKeys _keys;
    private readonly IdpPeople _people;
    private readonly IdpSessions _sessions;
    private readonly BackChannelLogout _backChannel;
    private readonly LogoutTokens _logoutTokens;
    private readonly IdpFaults _faults;
    private readonly IdpOptions _options;

    private OpenIdProvider(WebApplication app, IdpOptions options)
    {
        (_app, _options) = (app, options);
        (_issuers, _keys, _people) = (Its<IdpIssuers>(), Its<IdpKeys>(), Its<IdpPeople>());
        (_sessions, _backChannel, _logoutTokens, _faults) = (Its<IdpSessions>(), Its<BackChannelLogout>(), Its<LogoutTokens>(), Its<IdpFaults>());

        T Its<T>() where T : notnull => app.Services.GetRequiredService<T>();
    }

    /// <summary>The issuer of the provider's own shape; known once it is started.</summary>
    public string Issuer => _issuers.Of(_options.Shape);

    /// <summary>The issuer that an application with a shape of its own sees.</summary>
    public string IssuerFor(IdpClient client) => _issuers.For(client);

    /// <summary>Prepares a provider; nothing listens yet.</summary>
    public static OpenIdProvider Create(IdpOptions options)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Protocol.OAuthForm.MaxBytes;
        });
        builder.Services.AddRoutingCore()
            .AddSingleton(options)
            .AddSingleton(new OneTimeStore<PendingSignIn>(TimeSpan.FromMinutes(10), 1000, options.Clock))
            .AddSingleton(new OneTimeStore<GrantedCode>(GrantedCode.Lifetime, 1000, options.Clock))
            .AddSingleton(_ => new IdpKeys(options.Algorithm))
            .AddSingleton(services => new IdpIssuers(options, services.GetRequiredService<IServer>()))
            .AddSingleton<IdpPeople>().AddSingleton<IdpSessions>().AddSingleton<RefreshTokens>().AddSingleton<IdpFaults>()
            .AddSingleton<LoginPage>().AddSingleton<SignedInAnswer>().AddSingleton<CodeRedemption>().AddSingleton<RefreshRedemption>()
            .AddSingleton(new OneTimeStore<PendingLogout>(TimeSpan.FromMinutes(10), 1000, options.Clock))
            .AddSingleton<ClientKeys>().AddSingleton<ClientAssertions>().AddSingleton<IdpClientAuthenticator>()
            .AddSingleton<LogoutTokens>().AddSingleton<BackChannelLogout>().AddSingleton<EndSessionEndpoint>()
            .AddSingleton<DiscoveryEndpoint>().AddSingleton<AuthorizeEndpoint>().AddSingleton<LoginEndpoint>().AddSingleton<IdpTokenEndpoint>();
        var app = builder.Build();
        Map(app);
        return new OpenIdProvider(app, options);
    }

    /// <summary>Begins to listen.</summary>
    public Task StartAsync(CancellationToken ct = default) => _app.StartAsync(ct);

    /// <summary>Signs with a new key from now on; the earlier ones stay published, as a careful provider has it.</summary>
    public void RotateKeys() => _keys.Rotate();

    /// <summary>Publishes only the key that signs: tokens of the earlier ones can no longer be verified.</summary>
    public void WithdrawEarlierKeys() => _keys.WithdrawEarlier();

    /// <summary>No sign-in and no refresh for that person, until she is enabled again.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public void Disable(string userName) => _people.Change(userName, person => person with { IsDisabled = true });

    /// <summary>Takes <see cref="Disable"/> back; what the person had, sessions and refresh tokens, serves again.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public void Enable(string userName) => _people.Change(userName, person => person with { IsDisabled = false });

    /// <summary>Replaces a person's groups; her next ID Token has them.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public void ChangeGroups(string userName, params IReadOnlyList<Group> groups) => _people.Change(userName, person => person with { Groups = groups });

    /// <summary>Takes an application away from a person, or gives it back.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public void Assign(string userName, string clientId, bool assigned) => _people.Change(userName, person => person with
    {
        NotAssignedTo = [.. person.NotAssignedTo.Where(id => id != clientId), .. assigned ? [] : new[] { clientId }],
    });

    /// <summary>Ends all of a person's sessions, as an administrator does, and tells the clients that have a <see cref="IdpClient.BackChannelLogoutUri"/>.</summary>
    /// <returns>Whom it told, and with what success.</returns>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public async Task<IReadOnlyList<LogoutDelivery>> EndSessionAsync(string userName)
    {
        var ended = await Task.WhenAll(SessionsOf(userName).Select(_backChannel.EndAsync));
        return [.. ended.SelectMany(deliveries => deliveries)];
    }

    /// <summary>The claims of a logout token that is right for a client and the newest session of a person, to send or to spoil.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    /// <exception cref="InvalidOperationException">She is not signed in.</exception>
    public JsonObject LogoutTokenClaims(string userName, IdpClient client) => SessionsOf(userName) is [.., var newest]
        ? _logoutTokens.Claims(newest, client)
        : throw new InvalidOperationException($"{userName} is not signed in.");

    /// <summary>Signs claims with the provider's own key, whatever they are.</summary>
    /// <param name="claims">The claims.</param>
    /// <param name="typ">The <c>typ</c> header; null for none.</param>
    /// <param name="header">More of the header; it replaces what is there, <c>alg</c> and <c>kid</c> too.</param>
    public async Task<string> SignLogoutTokenAsync(JsonObject claims, string? typ = "logout+jwt", JsonObject? header = null) =>
        await _logoutTokens.SignAsync(claims, typ, header, CancellationToken.None);

    /// <summary>Answers the next authorization request of a known client with an error, such as <c>temporarily_unavailable</c>.</summary>
    public void FailNextAuthorize(string error) => _faults.FailNextAuthorize(error);

    /// <summary>Whether the token endpoint answers 503, and nothing else does.</summary>
    public bool TokenEndpointIsDown
    {
        get => _faults.TokenEndpointIsDown;
        set => _faults.TokenEndpointIsDown = value;
    }

    /// <summary>Stops.</summary>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private IReadOnlyList<IdpSession> SessionsOf(string userName) => _sessions.OfPerson(_people.Known(userName).Id);

    private static void Map(WebApplication app)
    {
        app.UseRouting();
        app.Services.GetRequiredService<DiscoveryEndpoint>().Map(app);
        app.MapGet("/authorize", (HttpContext http, AuthorizeEndpoint endpoint) => endpoint.Handle(http));
        app.MapPost("/login", (HttpContext http, LoginEndpoint endpoint) => endpoint.HandleAsync(http));
        app.MapMethods("/logout", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, EndSessionEndpoint endpoint) => endpoint.HandleAsync(http));
        app.MapPost("/logout/confirm", (HttpContext http, EndSessionEndpoint endpoint) => endpoint.ConfirmAsync(http));
        app.MapPost("/token", (HttpContext http, IdpTokenEndpoint endpoint) => endpoint.HandleAsync(http));
    }
}
