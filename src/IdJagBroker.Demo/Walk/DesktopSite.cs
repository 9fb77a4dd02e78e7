using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Authentication;

namespace IdJagBroker.Demo.Walk;

/// <summary>
/// A desktop application, in a browser: somebody signs in through it at the broker, and it shows what it got, renews it, uses the notes and signs out. A page of the
/// demonstration's, with its secrets in plain sight; nothing that one would build on.
/// </summary>
internal sealed class DesktopSite : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };
    private readonly DemoWorld _world;
    private readonly WebApplication _app;
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private readonly ConcurrentDictionary<string, (DesktopClient Client, CodeFlow Flow, SignInTokens? Tokens)> _signIns = [];

    private DesktopSite(DemoWorld world)
    {
        _world = world;
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, new Uri(world.At.Desktop).Port));
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGet("/", () => Page("Notes Desktop", "<p>This application knows one issuer, the broker.</p>" + Begin));
        _app.MapGet("/sign-in/{client}", (string client, CancellationToken ct) => BeginAsync(client, ct));
        _app.MapGet("/callback", (HttpRequest request, CancellationToken ct) => FinishAsync(request, ct));
        _app.MapGet("/renew", (string signIn, CancellationToken ct) => RenewAsync(signIn, ct));
        _app.MapGet("/notes", (string signIn, CancellationToken ct) => UseNotesAsync(signIn, ct));
        _app.MapGet("/administrator/{action}", (string action, string person, string signIn, CancellationToken ct) => AdministerAsync(action, person, signIn, ct));
    }

    private static string Begin =>
        $"""
        <ul><li><a href="/sign-in/{DesktopClient.Desktop.AtBroker}">Sign in</a>, as a client with a secret: your IdP's page, and nothing else</li>
        <li><a href="/sign-in/{DesktopClient.Cli.AtBroker}">Sign in as a public client</a>: the broker shows, once, who asks</li></ul>
        """;

    /// <summary>Begins to listen.</summary>
    public static async Task<DesktopSite> StartAsync(DemoWorld world, CancellationToken ct)
    {
        var site = new DesktopSite(world);
        await site._app.StartAsync(ct);
        return site;
    }

    /// <summary>Stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task<IResult> BeginAsync(string name, CancellationToken ct)
    {
        var client = name == DesktopClient.Cli.AtBroker ? DesktopClient.Cli : DesktopClient.Desktop;
        var flow = client.Begin(_world, _http);
        _signIns[flow.State] = (client, flow, null);
        return Results.Redirect((await flow.AddressAsync(ct)).OriginalString);
    }

    private async Task<IResult> FinishAsync(HttpRequest request, CancellationToken ct)
    {
        var answer = AuthorizationResponse.Parse(new Uri(_world.At.Desktop + request.Path + request.QueryString));
        if (answer.State is null || !_signIns.TryGetValue(answer.State, out var signIn) || signIn.Tokens is not null) return Page("That is no answer to a sign-in", Begin);
        try
        {
            _signIns[answer.State] = signIn with { Tokens = await signIn.Flow.FinishAsync(answer, ct) };
            return Show(answer.State, "Signed in");
        }
        catch (SignInFailedException e)
        {
            return Page("Not signed in", $"<p>The broker says: <strong>{Encode(e.Message)}</strong></p>{Begin}");
        }
    }

    private async Task<IResult> RenewAsync(string name, CancellationToken ct)
    {
        if (!_signIns.TryGetValue(name, out var signIn) || signIn.Tokens?.RefreshToken is not { } refreshToken) return Page("There is nothing to renew", Begin);
        var next = await signIn.Flow.RefreshAsync(refreshToken, ct);
        if (next.Error is not null) return Show(name, $"Not renewed: {next.Error}");
        _signIns[name] = signIn with { Tokens = next };
        return Show(name, "Renewed: another ID Token, another refresh token");
    }

    private async Task<IResult> UseNotesAsync(string name, CancellationToken ct)
    {
        if (!_signIns.TryGetValue(name, out var signIn) || signIn.Tokens?.IdToken is not { } idToken) return Page("Nobody is signed in", Begin);
        using var sdk = new SdkClient(_world, signIn.Client.AtBroker, signIn.Client.SecretIn(_world), signIn.Client.AtNotes);
        try
        {
            var access = await sdk.GetAccessTokenAsync(idToken, "notes:read notes:write", sdk.Tapped(), ct);
            await using var client = await sdk.ConnectAsync(access.AccessToken, ct);
            await client.CallToolAsync("notes.add", new Dictionary<string, object?> { ["text"] = $"written at {_world.Clock.GetUtcNow():HH:mm:ss}" }, cancellationToken: ct);
            return Show(name, $"Notes: {SdkClient.Text(await client.CallToolAsync("notes.list", cancellationToken: ct))}");
        }
        catch (IdentityAssertionGrantException e)
        {
            return Show(name, $"No ID-JAG: {e.ErrorCode}");
        }
    }

    // What an administrator does at the IdP, on a page of its own there.
    private async Task<IResult> AdministerAsync(string action, string person, string name, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (action is "disable") _world.Idp.Disable(person);
        else if (action is "enable") _world.Idp.Enable(person);
        else await _world.Idp.EndSessionAsync(person);
        return Show(name, $"At the IdP: {action} {person}");
    }

    private IResult Show(string name, string what)
    {
        if (!_signIns.TryGetValue(name, out var signIn) || signIn.Tokens?.IdToken is not { } idToken) return Page(what, Begin);
        var claims = SdkClient.ClaimsOf(idToken).AsObject();
        var person = Encode(((string?)claims["email"])?.Split('@')[0] ?? "ana");
        string To(string place, string text) => $"""<li><a href="{place}{(place.Contains('?') ? '&' : '?')}signIn={name}">{text}</a></li>""";
        return Page(what, $"""
            <ul>
            {To("/notes", "Use the notes")}: the ID Token is exchanged for an ID-JAG, that for an access token
            {To("/renew", "Renew")} without you
            {To($"/administrator/disable?person={person}", $"Have the IdP's administrator disable {person}")}, then renew: for up to {DemoPolicies.RecheckAfter.TotalSeconds:0} s it goes on
            {To($"/administrator/enable?person={person}", $"… enable {person}")}
            {To($"/administrator/end?person={person}", $"… end {person}'s sessions")}, then renew
            <li><a href="{Encode(_world.At.Broker)}/logout?id_token_hint={Encode(idToken)}&amp;post_logout_redirect_uri={Encode(Uri.EscapeDataString(_world.At.Desktop + "/"))}">Sign out</a></li>
            </ul>
            <h2>The ID Token</h2><pre>{Encode(claims.ToJsonString(Readable))}</pre>{Begin}
            """);
    }

    private static IResult Page(string title, string body) => Results.Content(
        $"""<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{Encode(title)}</title></head><body><main><h1>{Encode(title)}</h1>{body}</main></body></html>""",
        "text/html; charset=utf-8");

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
