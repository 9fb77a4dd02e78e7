using IdJagBroker.Clients;
using IdJagBroker.Discovery;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Keys.Sealing;
using IdJagBroker.Protocol;
using IdJagBroker.SignIn.Authorize;
using IdJagBroker.SignIn.Control;
using IdJagBroker.SignIn.Ending;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.SignIn.Providers;
using IdJagBroker.SignIn.Sessions;

namespace IdJagBroker.SignIn;

/// <summary>Puts the room of sign-in together, and its doors.</summary>
internal static class SignInServices
{
    public static IServiceCollection AddSignIn(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<SignInOptions>().Bind(configuration.GetSection("SignIn")).ValidateDataAnnotations()
            .Validate(options => options.RefreshIdle <= options.RefreshLifetime, "SignIn:RefreshIdle must not be longer than SignIn:RefreshLifetime.").ValidateOnStart();
        if ((configuration["Keys:Mode"] ?? "local") is "local") services.AddSingleton<SealingKeyWrap>(provider => new LocalSealingKeyWrap(provider.GetRequiredService<ClientSecretHash>().DeriveKey("sealing keys")));
        else services.AddSingleton<SealingKeyWrap>(provider => new VaultSealingKeyWrap(provider.GetRequiredService<Vaults>(), configuration));
        services.AddSingleton<SealingKeyTable>().AddSingleton<SealingKeyRing>().AddHostedService<SealingKeyKeeper>();
        services.AddSingleton(provider => new UpstreamNames(provider.GetRequiredService<ClientSecretHash>().DeriveKey("upstream names")));
        services.AddSingleton(provider => new RefreshTokenKey(provider.GetRequiredService<ClientSecretHash>().DeriveKey("refresh tokens")));
        services.AddSingleton<SessionTable>().AddSingleton<SessionDirectory>().AddSingleton<SessionEnding>().AddSingleton<SessionList>().AddSingleton<SessionRecheck>();
        services.AddHostedService<SignInCleaning>();
        services.AddSingleton<ProviderDirectory>().AddSingleton<ProviderAssertion>().AddSingleton<ProviderTokens>().AddSingleton<ProviderIdToken>();
        services.AddSingleton<GrantTable>().AddSingleton<RefreshTokens>().AddSingleton<SignInTokenFactory>().AddSingleton<SignInPerson>().AddSingleton<OwnIdTokens>().AddSingleton<SignInSubjects>();
        services.AddSingleton<UserInfoProof>().AddSingleton<UserInfoEndpoint>();
        services.AddSingleton<BrowserState>().AddSingleton<Recipients>().AddSingleton<ShownClients>().AddSingleton<SignInRecord>().AddSingleton<SignInDoor>().AddSingleton<SignInStart>()
            .AddSingleton<SignInEnd>().AddSingleton<ProviderTrouble>();
        services.AddSingleton<AuthorizeEndpoint>().AddSingleton<AttemptEndpoints>().AddSingleton<CallbackEndpoint>();
        services.AddSingleton<RevocationEndpoint>().AddSingleton<LogoutEndpoint>().AddSingleton<BackChannelLogout>();
        return services;
    }

    public static void Map(IEndpointRouteBuilder routes, Issuer issuer)
    {
        string[] getOrPost = [HttpMethods.Get, HttpMethods.Post];
        string At(string path) => EndpointPaths.Under(issuer, path);
        routes.MapMethods(At(SignInPaths.Authorize), getOrPost, (HttpContext http, AuthorizeEndpoint endpoint) => endpoint.Handle(http));
        routes.MapGet(At(SignInPaths.Callback), (HttpContext http, string idp, CallbackEndpoint endpoint) => endpoint.Handle(http, idp));
        routes.MapGet(At(SignInPaths.With), (HttpContext http, string idp, AttemptEndpoints endpoints) => endpoints.With(http, idp));
        routes.MapGet(At(SignInPaths.Ways), (HttpContext http, AttemptEndpoints endpoints) => endpoints.Ways(http));
        routes.MapGet(At(SignInPaths.Return), (HttpContext http, AttemptEndpoints endpoints) => endpoints.Return(http));
        routes.MapPost(At(SignInPaths.Continue), (HttpContext http, AttemptEndpoints endpoints) => endpoints.Continue(http));
        routes.MapMethods(At(SignInPaths.UserInfo), getOrPost, (HttpContext http, UserInfoEndpoint endpoint) => endpoint.Handle(http));
        routes.MapPost(At(SignInPaths.Revoke), (HttpContext http, RevocationEndpoint endpoint) => endpoint.Handle(http));
        routes.MapMethods(At(SignInPaths.Logout), getOrPost, (HttpContext http, LogoutEndpoint endpoint) => endpoint.Handle(http));
        routes.MapPost(At(SignInPaths.BackChannelLogout), (HttpContext http, string idp, BackChannelLogout endpoint) => endpoint.Handle(http, idp));
        ProviderKeysEndpoint.Map(routes, issuer);
    }
}
