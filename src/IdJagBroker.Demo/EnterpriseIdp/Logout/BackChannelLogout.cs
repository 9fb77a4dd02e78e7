using IdJagBroker.Demo.EnterpriseIdp.Sessions;
using IdJagBroker.Protocol;

namespace IdJagBroker.Demo.EnterpriseIdp.Logout;

/// <summary>
/// Ends sessions and tells the clients that got tokens in them (OpenID Connect Back-Channel Logout §2.5): all at a time, each once, and a
/// client that does not answer keeps nobody signed in.
/// </summary>
internal sealed class BackChannelLogout(IdpOptions options, IdpIssuers issuers, IdpSessions sessions, LogoutTokens tokens) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
    {
        Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = OAuthForm.MaxBytes,
    };

    /// <summary>Ends a session first, so that whoever is told finds it ended.</summary>
    public async Task<IReadOnlyList<LogoutDelivery>> EndAsync(IdpSession session)
    {
        sessions.End(session);
        var told = options.Clients.Where(client => client.BackChannelLogoutUri is not null && issuers.ShapeFor(client).HasSessions && session.ClientIds.Contains(client.ClientId));
        return await Task.WhenAll(told.Select(client => TellAsync(session, client)));
    }

    public void Dispose() => _http.Dispose();

    // Not by the request's token: a browser that goes away must not keep the clients from being told.
    private async Task<LogoutDelivery> TellAsync(IdpSession session, IdpClient client)
    {
        var token = await tokens.SignAsync(tokens.Claims(session, client), "logout+jwt", null, CancellationToken.None);
        using var form = new FormUrlEncodedContent([new("logout_token", token)]);
        try
        {
            using var response = await _http.PostAsync(client.BackChannelLogoutUri, form);
            return new LogoutDelivery(client.ClientId, response.StatusCode);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return new LogoutDelivery(client.ClientId, null);
        }
    }
}
