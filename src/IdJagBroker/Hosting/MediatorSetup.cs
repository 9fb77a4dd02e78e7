using System.Reflection;
using IdJagBroker.Protocol;
using IdJagBroker.Receipts;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.TokenExchange;
using IdJagBroker.TokenExchange.AdminAccess;
using MediatR;

namespace IdJagBroker.Hosting;

/// <summary>
/// The mediator stands at the door only (ADR 0003). Handlers are found in this assembly; the behaviours around a token request are
/// listed here, outermost first.
/// </summary>
internal static class MediatorSetup
{
    public static IServiceCollection AddMediator(this IServiceCollection services)
    {
        services.AddTransient<ServiceFactory>(provider => provider.GetService!);
        services.AddTransient<IMediator, Mediator>();
        foreach (var type in Assembly.GetExecutingAssembly().GetTypes().Where(type => type is { IsClass: true, IsAbstract: false }))
            foreach (var contract in type.GetInterfaces().Where(IsHandler))
                if (contract != typeof(IRequestHandler<ExchangeToken, OAuthResult<TokenExchangeResponse>>)) services.AddScoped(contract, type);

        // The token path holds nothing of one request, so it is made once; what administrators use has a database context of its own.
        services.AddSingleton<IRequestHandler<ExchangeToken, OAuthResult<TokenExchangeResponse>>, ExchangeTokenHandler>();
        AddTokenBehaviours<ExchangeToken, TokenExchangeResponse>(services);
        AddTokenBehaviours<GrantAdminAccess, AccessTokenResponse>(services);
        AddTokenBehaviours<RedeemCode, SignInTokens>(services);
        AddTokenBehaviours<RefreshSignIn, SignInTokens>(services);
        services.AddSingleton<IPipelineBehavior<AcceptReceipts, OAuthResult<ReceiptsAnswer>>, Tracing<AcceptReceipts, OAuthResult<ReceiptsAnswer>>>();
        return services;
    }

    private static void AddTokenBehaviours<TRequest, TAnswer>(IServiceCollection services)
        where TRequest : ITokenRequest, IRequest<OAuthResult<TAnswer>> where TAnswer : notnull
    {
        services.AddSingleton<IPipelineBehavior<TRequest, OAuthResult<TAnswer>>, Tracing<TRequest, OAuthResult<TAnswer>>>();
        services.AddSingleton<IPipelineBehavior<TRequest, OAuthResult<TAnswer>>, RequestCount<TRequest, TAnswer>>();
        services.AddSingleton<IPipelineBehavior<TRequest, OAuthResult<TAnswer>>, RefusalAudit<TRequest, TAnswer>>();
    }

    private static bool IsHandler(Type contract) =>
        contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>);
}
