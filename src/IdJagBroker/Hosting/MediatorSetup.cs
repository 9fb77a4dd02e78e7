using System.Reflection;
using IdJagBroker.Protocol;
using IdJagBroker.TokenExchange;
using MediatR;

namespace IdJagBroker.Hosting;

/// <summary>
/// The mediator stands at the door only (ADR 0003). Handlers are found in this assembly; the behaviours around a token exchange are
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
        services.AddSingleton<IPipelineBehavior<ExchangeToken, OAuthResult<TokenExchangeResponse>>, Tracing<ExchangeToken, OAuthResult<TokenExchangeResponse>>>();
        services.AddSingleton<IPipelineBehavior<ExchangeToken, OAuthResult<TokenExchangeResponse>>, RequestCount>();
        services.AddSingleton<IPipelineBehavior<ExchangeToken, OAuthResult<TokenExchangeResponse>>, RefusalAudit>();
        return services;
    }

    private static bool IsHandler(Type contract) =>
        contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>);
}
