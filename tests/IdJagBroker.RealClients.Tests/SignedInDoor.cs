using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.RealClients.Tests;

/// <summary>
/// Stands before the MCP server and adds an access token to each request: the conformance suite cannot sign in at a server under test. Nothing else changes, <c>Host</c> included, and
/// events go on as they come.
/// </summary>
internal sealed class SignedInDoor : IAsyncDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly WebApplication _app;

    private SignedInDoor(WebApplication app) => _app = app;

    /// <summary>The MCP server's address for whoever may not know about tokens.</summary>
    public string Url { get; private set; } = "";

    public static async Task<SignedInDoor> OpenAsync(TicketServer server, string accessToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        var door = new SignedInDoor(builder.Build());
        door._app.Run(http => door.ForwardAsync(http, new Uri(server.Resource), accessToken));
        await door._app.StartAsync();
        door.Url = door._app.Urls.First() + new Uri(server.Resource).AbsolutePath;
        return door;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _http.Dispose();
    }

    private async Task ForwardAsync(HttpContext http, Uri server, string accessToken)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri(server, http.Request.Path + http.Request.QueryString)) { Content = new StreamContent(http.Request.Body) };
        foreach (var (name, values) in http.Request.Headers)
            if (name is not ("Connection" or "Authorization" or "Transfer-Encoding") && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
                request.Content.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        request.Headers.Authorization = new("Bearer", accessToken);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
            if (name is not ("Connection" or "Transfer-Encoding")) http.Response.Headers[name] = values.ToArray();
        await using var events = await response.Content.ReadAsStreamAsync(http.RequestAborted);
        var buffer = new byte[8192];
        for (int read; (read = await events.ReadAsync(buffer, http.RequestAborted)) > 0;)
        {
            await http.Response.Body.WriteAsync(buffer.AsMemory(0, read), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
    }
}
