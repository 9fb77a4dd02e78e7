using IdJagBroker.Protocol;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Stops the start of a misconfigured MCP server.</summary>
internal sealed class McpResourceServerValidation(IHostEnvironment environment) : IValidateOptions<McpResourceServerOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, McpResourceServerOptions options)
    {
        string[] faults = [.. options.Faults, .. Faults(options)];
        return faults.Length is 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private IEnumerable<string> Faults(McpResourceServerOptions options)
    {
        if (!ResourceIndicator.TryParse(options.Resource, out _) || !Uri.TryCreate(options.Resource, UriKind.Absolute, out var resource) || !IsSecure(resource))
            yield return "Resource: an https URL without fragment (http on loopback in Development).";
        else if (options.Resource.AsSpan().IndexOfAny('{', '}', '%') >= 0 || resource.Query.Length > 0) yield return "Resource: may not hold a query, { } or %.";
        if (!Issuer.TryParse(options.AuthorizationServer, environment.IsDevelopment(), out _))
            yield return "AuthorizationServer: an https URL without query or fragment (http on loopback in Development).";
        if (options.JwksUri is { } jwks && !(Uri.TryCreate(jwks, UriKind.Absolute, out var url) && IsSecure(url))) yield return "JwksUri: an https URL.";
        if (options.EndpointUrl is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var at) && IsSecure(at) && at.UserInfo.Length is 0)) yield return "EndpointUrl: an https URL.";
        if (options.Dpop.IsNonceKeyShort) yield return $"Dpop.NonceKey: at least {DpopOptions.MinNonceKeyBytes} bytes.";
        if (options.Introspection is { } introspection)
        {
            if (introspection.Endpoint is { } asked && !(Uri.TryCreate(asked, UriKind.Absolute, out var to) && IsSecure(to) && to.UserInfo.Length + to.Fragment.Length is 0))
                yield return "Introspection.Endpoint: an https URL.";
            if (!introspection.HasCredentials) yield return "Introspection: a ClientId and a Secret are required.";
            if (introspection.Timeout < TimeSpan.FromMilliseconds(100) || introspection.Timeout > IssuerFetch.Timeout) yield return "Introspection.Timeout: 100 ms to 5 s.";
        }
        if (options.MaxRequestBytes is < 1024 or > 64 * 1024 * 1024) yield return "MaxRequestBytes: 1 KiB to 64 MiB.";
        foreach (var tool in options.SignIns.Keys.Where(tool => !options.Tools.ContainsKey(tool))) yield return $"RequireSignIn({tool}): the tool is not declared.";
        foreach (var scope in options.Scopes.Concat(options.Tools.Values.SelectMany(scopes => scopes))
            .Concat(options.Inclusions.SelectMany(inclusion => new[] { inclusion.Broad, inclusion.Narrow })))
            if (!ScopeSet.IsScope(scope) || scope is "offline_access") yield return $"Scope {scope}: RFC 6749 §3.3, and no offline_access (RS-05).";
    }

    private bool IsSecure(Uri url) =>
        url.Scheme == Uri.UriSchemeHttps || (environment.IsDevelopment() && url.Scheme == Uri.UriSchemeHttp && url.IsLoopback);
}
