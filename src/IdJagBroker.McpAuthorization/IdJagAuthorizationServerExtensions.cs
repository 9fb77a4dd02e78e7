using IdJagBroker.McpAuthorization.AccessTokens;
using IdJagBroker.McpAuthorization.Clients;
using IdJagBroker.McpAuthorization.Dpop;
using IdJagBroker.McpAuthorization.Mounting;
using IdJagBroker.McpAuthorization.Receipts;
using IdJagBroker.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization;

/// <summary>Adds an authorization server that redeems ID-JAGs to an ASP.NET Core application.</summary>
public static class IdJagAuthorizationServerExtensions
{
    private static readonly TimeSpan MetadataMaxAge = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KeysMaxAge = TimeSpan.FromMinutes(15);

    /// <summary>Registers it. The options are checked when the application starts, which they stop if they are bad.</summary>
    /// <returns>A builder to replace the parts that you have of your own.</returns>
    public static IdJagAuthorizationServerBuilder AddIdJagAuthorizationServer(
        this IServiceCollection services, Action<IdJagAuthorizationServerOptions> configure)
    {
        services.AddOptions<IdJagAuthorizationServerOptions>().Configure(configure).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IdJagAuthorizationServerOptions>, IdJagAuthorizationServerValidation>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IssuerFetch>();
        services.TryAddSingleton<TrustedIdps>();
        services.TryAddSingleton<IIssuerSwitch, ConfiguredIssuerSwitch>();
        services.TryAddSingleton<IssuerSwitchRule>();
        services.TryAddSingleton<IdJagValidator>();
        services.TryAddSingleton<GovernedResources>();
        services.TryAddSingleton<TokenProofs>();
        services.TryAddSingleton<ReuseRule>();
        services.TryAddSingleton<Redemptions>();
        services.TryAddSingleton<ReceiptOutbox>();
        services.AddHostedService<ReceiptService>();
        services.TryAddSingleton<JwtBearerEndpoint>();
        services.TryAddSingleton<AuthorizationServerDocuments>();
        services.TryAddSingleton(provider => new IdJagMetadata(provider.GetRequiredService<AuthorizationServerDocuments>()));
        services.TryAddSingleton<ClientFetch>();
        services.TryAddSingleton<RegisteredClients>();
        services.TryAddSingleton<IClientAuthenticator, ClientAuthenticator>();
        services.TryAddSingleton<ISubjectResolver, LinkedSubjectResolver>();
        services.TryAddSingleton<IAccessTokenIssuer>(IssuerOf);
        services.TryAddSingleton<IAccessTokenStore>(provider => new InMemoryAccessTokenStore(provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<AccessTokenLedger>();
        services.TryAddSingleton<IssuedTokens>();
        services.TryAddSingleton<IntrospectionEndpoint>();
        services.TryAddSingleton<RevocationEndpoint>();
        services.TryAddSingleton(RevocationsOf);
        services.TryAddSingleton<IReplayGuard>(provider => new InMemoryReplayGuard(provider.GetRequiredService<TimeProvider>()));
        services.TryAddScoped<SubjectRule>();                              // scoped, so that the vendor's parts may be
        services.TryAddScoped<JwtBearerGrant>();
        return new IdJagAuthorizationServerBuilder(services);
    }

    /// <summary>
    /// Maps, below the issuer's path: <c>/token</c>, <c>/jwks</c>, an <c>/authorize</c> that refuses, and the metadata at all four
    /// places where clients look (C-31); where access tokens are recorded also <c>/revoke</c>, and <c>/introspect</c> if somebody may ask.
    /// </summary>
    /// <returns>The convention builder of all of them, for rate limits and the like.</returns>
    /// <exception cref="OptionsValidationException">The options are bad.</exception>
    public static IEndpointConventionBuilder MapIdJagAuthorizationServer(this IEndpointRouteBuilder endpoints)
    {
        var documents = endpoints.ServiceProvider.GetRequiredService<AuthorizationServerDocuments>();
        var token = endpoints.ServiceProvider.GetRequiredService<JwtBearerEndpoint>();
        var group = endpoints.MapGroup("");
        group.Map(new Uri(documents.TokenEndpoint).AbsolutePath, token.Handle);
        group.Map(documents.Path + "/authorize", RefuseAuthorization);
        if (documents.Described.RevocationEndpoint is { } revocation)
            group.Map(new Uri(revocation).AbsolutePath, endpoints.ServiceProvider.GetRequiredService<RevocationEndpoint>().Handle);
        if (documents.Described.IntrospectionEndpoint is { } introspection)
            group.Map(new Uri(introspection).AbsolutePath, endpoints.ServiceProvider.GetRequiredService<IntrospectionEndpoint>().Handle);
        PublicDocument.Map(group, documents.Path + "/jwks", KeysMaxAge, documents.Keys.ToUtf8());
        foreach (var path in AuthorizationServerMetadata.PathsFor(documents.Issuer))
            PublicDocument.Map(group, path, MetadataMaxAge, documents.Metadata);
        return group;
    }

    private static IAccessTokenIssuer IssuerOf(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<IdJagAuthorizationServerOptions>>();
        return options.Value.AccessTokenFormat is AccessTokenFormat.Opaque
            ? new OpaqueAccessTokenIssuer(options)
            : new JwtAccessTokenIssuer(options, services.GetRequiredService<TimeProvider>());
    }

    private static AccessTokenRevocations RevocationsOf(IServiceProvider services) => new(
        services.GetRequiredService<IAccessTokenStore>(), services.GetRequiredService<IOptions<IdJagAuthorizationServerOptions>>().Value,
        services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<AccessTokenRevocations>>());

    // C-32: the endpoint exists because clients demand one in the metadata. It never redirects, so it opens no way to anywhere.
    private static Task RefuseAuthorization(HttpContext http) => OAuthAnswer.WriteAsync(http, OAuthError.UnauthorizedClient(
        "this server has no sign-in of its own: redeem an ID-JAG of your enterprise at the token endpoint"));
}
