using System.Collections.Concurrent;
using IdJagBroker.Demo.Walk;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>
/// An application that people sign in to, as a desktop application does it (RFC 8252 §7.3): it sends the browser to an issuer, waits at a port of 127.0.0.1 for the answer, and redeems the
/// code (OpenID Connect Core §3.1).
/// </summary>
internal sealed class Application : IAsyncDisposable
{
    /// <summary>The heading of what people see once they are back.</summary>
    public const string Heading = "Back in the application";

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentQueue<AuthorizationResponse> _answers = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<AuthorizationResponse>> _expected = new(StringComparer.Ordinal);
    private readonly string _issuer;
    private readonly string? _secret;
    private PageServer _server = null!;

    private Application(string issuer, string clientId, string? secret) => (_issuer, ClientId, _secret) = (issuer, clientId, secret);

    /// <summary>Its id at the issuer.</summary>
    public string ClientId { get; }

    /// <summary>Everything that arrived, in order.</summary>
    public IReadOnlyList<AuthorizationResponse> Answers => [.. _answers];

    /// <summary>Where answers go.</summary>
    public Uri RedirectUri => new($"{_server.Url}/callback");

    /// <summary>Where people may be sent after they have signed out.</summary>
    public Uri SignedOutUri => new($"{_server.Url}/signed-out");

    /// <summary>While it is set, nothing is taken and a browser that is sent here stays where it is (204), so that one sees from where.</summary>
    public bool SendsBrowsersBack { get; set; }

    /// <summary>Begins to listen.</summary>
    /// <param name="secret">Null for a public client.</param>
    /// <param name="port">The port of its redirect URI, where it is registered with one.</param>
    public static async Task<Application> StartAsync(string issuer, string clientId, string? secret, int port = 0)
    {
        var application = new Application(issuer, clientId, secret);
        application._server = await PageServer.StartAsync(async http =>
        {
            if (application.SendsBrowsersBack)
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
            application.Take(new Uri(http.Request.GetEncodedUrl()));
            await PageServer.WriteAsync(http, $"<!doctype html><html lang=en><meta charset=utf-8><title>Application</title><main><h1>{Heading}</h1><p>You can close this window.</p></main></html>");
        }, port);
        return application;
    }

    /// <summary>Asks for somebody's sign-in; the browser has to be sent to its address.</summary>
    /// <param name="changes">Parameters to add or replace; a null value leaves one out.</param>
    public async Task<SignInAttempt> AskAsync(params (string Name, string? Value)[] changes)
    {
        var flow = new CodeFlow(_http, _issuer, ClientId, _secret ?? "", RedirectUri);
        var expected = _expected[flow.State] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new SignInAttempt(flow, await flow.AddressAsync(default, changes), expected.Task, new IssuerKeys(_http, _issuer), isPublic: _secret is null);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private void Take(Uri address)
    {
        if (address.AbsolutePath != RedirectUri.AbsolutePath) return;
        var answer = AuthorizationResponse.Parse(address);
        _answers.Enqueue(answer);
        if (answer.State is { } state && _expected.TryGetValue(state, out var expected)) expected.TrySetResult(answer);
    }
}
