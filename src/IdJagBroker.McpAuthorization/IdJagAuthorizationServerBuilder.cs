using IdJagBroker.McpAuthorization.Subjects;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IdJagBroker.McpAuthorization;

/// <summary>Replaces the parts of the authorization server that a vendor may have of its own.</summary>
public sealed class IdJagAuthorizationServerBuilder
{
    internal IdJagAuthorizationServerBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services that the parts are registered in.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Resolves people in your own store. Made anew for each request, so it may take a database context.</summary>
    public IdJagAuthorizationServerBuilder UseSubjectResolver<T>() where T : class, ISubjectResolver =>
        Use(ServiceDescriptor.Scoped<ISubjectResolver, T>());

    /// <summary>
    /// Resolves people by ready-made rules (<see cref="TrustedIssuer.Subjects"/>) in your own accounts. The store is made anew for each request, so it may
    /// take a database context.
    /// </summary>
    public IdJagAuthorizationServerBuilder UseAccounts<T>() where T : class, IAccountStore
    {
        Services.AddScoped<IAccountStore, T>();
        return UseSubjectResolver<AccountSubjectResolver>();
    }

    /// <summary>The same with one store for the process, such as an <see cref="InMemoryAccountStore"/>.</summary>
    public IdJagAuthorizationServerBuilder UseAccounts(IAccountStore accounts)
    {
        Services.AddSingleton(accounts);
        return UseSubjectResolver<AccountSubjectResolver>();
    }

    /// <summary>Looks clients up in your own store. Made anew for each request.</summary>
    public IdJagAuthorizationServerBuilder UseClientAuthenticator<T>() where T : class, IClientAuthenticator =>
        Use(ServiceDescriptor.Scoped<IClientAuthenticator, T>());

    /// <summary>Counts uses in a store that all replicas share. One for the process.</summary>
    public IdJagAuthorizationServerBuilder UseReplayGuard<T>() where T : class, IReplayGuard =>
        Use(ServiceDescriptor.Singleton<IReplayGuard, T>());

    /// <summary>Issues access tokens your own way. One for the process.</summary>
    public IdJagAuthorizationServerBuilder UseAccessTokenIssuer<T>() where T : class, IAccessTokenIssuer
    {
        Services.Configure<IdJagAuthorizationServerOptions>(options => options.IssuesElsewhere = true);
        return Use(ServiceDescriptor.Singleton<IAccessTokenIssuer, T>());
    }

    /// <summary>Records access tokens in a store that all replicas share. One for the process.</summary>
    public IdJagAuthorizationServerBuilder UseAccessTokenStore<T>() where T : class, IAccessTokenStore =>
        Use(ServiceDescriptor.Singleton<IAccessTokenStore, T>());

    /// <summary>Asks your own store whether an issuer is on. One for the process.</summary>
    public IdJagAuthorizationServerBuilder UseIssuerSwitch<T>() where T : class, IIssuerSwitch =>
        Use(ServiceDescriptor.Singleton<IIssuerSwitch, T>());

    /// <summary>Switches issuers off by a section of the configuration, such as <c>{"Issuers": ["https://broker.acme.example"]}</c>, as soon as it changes.</summary>
    public IdJagAuthorizationServerBuilder DisableIssuersBy(IConfiguration section)
    {
        Services.Configure<DisabledIssuers>(section);
        return this;
    }

    private IdJagAuthorizationServerBuilder Use(ServiceDescriptor part)
    {
        Services.Replace(part);
        return this;
    }
}
