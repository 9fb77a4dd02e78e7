using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Browser.Tests.Harness;

/// <summary>A server on 127.0.0.1 with pages that a test makes up.</summary>
internal sealed class PageServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PageServer(WebApplication app) => _app = app;

    /// <summary>Its port.</summary>
    public int Port { get; private init; }

    /// <summary>Its address, without a trailing slash.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>Starts one that answers everything with <paramref name="answer"/>.</summary>
    public static async Task<PageServer> StartAsync(RequestDelegate answer, int port = 0)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync();
        return new PageServer(app) { Port = new Uri(app.Urls.First()).Port };
    }

    /// <summary>Writes a page.</summary>
    public static Task WriteAsync(HttpContext http, string html, string? policy = null)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        if (policy is not null) http.Response.Headers.ContentSecurityPolicy = policy;
        return http.Response.WriteAsync(html);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
