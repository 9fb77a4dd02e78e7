using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using ModelContextProtocol.Authentication;

namespace IdJagBroker.RealClients.Tests;

/// <summary>
/// What an application has to put between the C# SDK's transport and the wire, because <see cref="IdentityAssertionGrantProvider"/> only gets tokens: it presents the token, and where the
/// server asks for another scope it gets a token for all scopes asked for so far by a provider for them, once for each request (MCP authorization, step-up).
/// </summary>
internal sealed partial class SteppingUp(Func<string, IdentityAssertionGrantProvider> providerFor, Uri resource, Uri authorizationServer, string scope, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private string _scope = scope;
    private IdentityAssertionGrantProvider? _provider;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content) await content.LoadIntoBufferAsync(cancellationToken);
        var response = await SendWithTokenAsync(request, cancellationToken);
        if (response.StatusCode is not HttpStatusCode.Forbidden || NeededScope(response.Headers.WwwAuthenticate) is not { } needed) return response;
        response.Dispose();
        (_scope, _provider) = (string.Join(' ', _scope.Split(' ').Union(needed.Split(' '))), null);
        return await SendWithTokenAsync(request, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendWithTokenAsync(HttpRequestMessage request, CancellationToken ct)
    {
        _provider ??= providerFor(_scope);
        var token = await _provider.GetAccessTokenAsync(resource, authorizationServer, ct);      // cached until it expires
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.AccessToken);
        return await base.SendAsync(request, ct);
    }

    private static string? NeededScope(IEnumerable<AuthenticationHeaderValue> challenges) => challenges
        .Where(challenge => challenge is { Scheme: "Bearer", Parameter: { } parameter } && parameter.Contains("error=\"insufficient_scope\"", StringComparison.Ordinal))
        .Select(challenge => Scope().Match(challenge.Parameter!).Groups[1].Value).FirstOrDefault();

    [GeneratedRegex("scope=\"([^\"]*)\"")]
    private static partial Regex Scope();
}
