using System.Text.Json;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Http;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>
/// Guards one MCP server: first the token and who sends it, then the scope of what the body calls, then the handler (RS-20). What it cannot
/// decide, it refuses.
/// </summary>
internal sealed class McpResourceServer
{
    private readonly McpResourceServerOptions _options;
    private readonly TokenAuthentication _authentication;
    private readonly ScopeHierarchy _hierarchy;
    private readonly Challenge _challenge;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;

    public McpResourceServer(McpResourceServerOptions options, IIssuerKeys keys, IAccessTokenStatus? status, TimeProvider clock, ILogger logger)
    {
        (_options, _clock, _logger) = (options, clock, logger);
        _hierarchy = new ScopeHierarchy(options.Inclusions);
        Metadata = new ProtectedResourceMetadata(options);
        _challenge = new Challenge(Metadata.Url, string.Join(' ', Metadata.Scopes), options.RequireKeyBoundTokens);
        _authentication = new TokenAuthentication(options, _challenge, keys, status, clock, logger);
    }

    public string Resource => _options.Resource;

    public ProtectedResourceMetadata Metadata { get; }

    /// <summary>Lets the request through to <paramref name="handler"/>, as the person of its token, or answers it.</summary>
    public async Task HandleAsync(HttpContext http, RequestDelegate handler)
    {
        var outcome = await AuthenticateAsync(http);
        if (outcome.Token is not { } token)
        {
            await outcome.Refuse(http);
            return;
        }
        if (!await AuthorizeAsync(http, token)) return;
        http.User = token.ToPrincipal(Resource);
        TokenAuthentication.Consume(http.Request);
        await handler(http);
    }

    /// <summary>Who sends the request; whether they may do what it asks for is not looked at.</summary>
    public Task<TokenOutcome> AuthenticateAsync(HttpContext http) => _authentication.AuthenticateAsync(http);

    /// <summary>Whether a token with these scopes does for all of those needed (RS-14).</summary>
    public bool Satisfies(ScopeSet held, IEnumerable<string> needed) => _hierarchy.Satisfies(held, needed);

    /// <summary>403 <c>insufficient_scope</c> (RS-13).</summary>
    public Task RefuseScopeAsync(HttpContext http, VerifiedAccessToken token, IEnumerable<string> needed) => _challenge.InsufficientScopeAsync(http, token, needed);

    private async Task<bool> AuthorizeAsync(HttpContext http, VerifiedAccessToken token)
    {
        if (!MayHaveBody(http)) return true;
        if (await ReadBodyAsync(http) is not { } body) return false;
        if (body.Length is 0) return true;
        if (ToolCalls.TryFind(body) is not { } tools)
        {
            await AnswerAsync(http, 400, WriteParseError);
            return false;
        }
        return await IsPermittedAsync(http, token, tools);
    }

    private async Task<bool> IsPermittedAsync(HttpContext http, VerifiedAccessToken token, IReadOnlyList<string> tools)
    {
        var needed = new List<string>();
        foreach (var tool in tools)
        {
            if (!_options.Tools.TryGetValue(tool, out var scopes))
            {
                // No scope would help, so none is named: a client must not go and ask its enterprise for more.
                Log.CallRefused(_logger, Resource, token.ClientId, token.JwtId, "the tool is not declared");
                await AnswerAsync(http, 403, OAuthError.AccessDenied("the tool is not available").WriteTo);
                return false;
            }
            needed.AddRange(scopes.Where(scope => !needed.Contains(scope, StringComparer.Ordinal)));
        }
        if (!_hierarchy.Satisfies(token.Scope, needed))
        {
            Log.CallRefused(_logger, Resource, token.ClientId, token.JwtId, "insufficient scope");
            await _challenge.InsufficientScopeAsync(http, token, needed);
            return false;
        }
        var signIn = SignInNeed.Of(tools, _options.SignIns);
        if (signIn.IsMetBy(token, _clock.GetUtcNow())) return true;
        Log.CallRefused(_logger, Resource, token.ClientId, token.JwtId, "the sign-in is too weak or too old");
        await _challenge.InsufficientSignInAsync(http, token, signIn, needed);
        return false;
    }

    // Any method's body is looked at, whatever it claims to be: what is not read here, a handler could still read.
    private static bool MayHaveBody(HttpContext http) =>
        http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;

    /// <summary>The body, which the handler then reads again from memory; null if the request has been answered.</summary>
    private async Task<byte[]?> ReadBodyAsync(HttpContext http)
    {
        var request = http.Request;
        if (!IsUtf8Json(request))
        {
            await AnswerAsync(http, 415, OAuthError.InvalidRequest("the body must be application/json in UTF-8").WriteTo);
            return null;
        }
        byte[]? body;
        try
        {
            body = await CappedBody.ReadAsync(request, _options.MaxRequestBytes, http.RequestAborted);
        }
        catch (BadHttpRequestException e)
        {
            await AnswerAsync(http, e.StatusCode, OAuthError.InvalidRequest("the request body is broken").WriteTo);
            return null;
        }
        if (body is null)
        {
            await AnswerAsync(http, 413, OAuthError.InvalidRequest("the request body is too large").WriteTo);
            return null;
        }
        (request.Body, request.ContentLength) = (new MemoryStream(body, writable: false), body.Length);
        return body;
    }

    // Another charset or an encoding would let the handler read other text from the same bytes.
    private static bool IsUtf8Json(HttpRequest request)
    {
        if (request.Headers.ContentEncoding.Count > 0) return false;
        if (!Microsoft.Net.Http.Headers.MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return false;
        return type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    private static void WriteParseError(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("jsonrpc"u8, "2.0"u8);
        json.WriteNull("id"u8);                                            // JSON-RPC 2.0 §5: the id could not be read
        json.WriteStartObject("error"u8);
        json.WriteNumber("code"u8, -32700);
        json.WriteString("message"u8, "The body is not JSON-RPC that can be read in one way only."u8);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Task AnswerAsync(HttpContext http, int status, Action<Utf8JsonWriter> write) => OAuthAnswer.WriteAsync(http, status, write);
}
