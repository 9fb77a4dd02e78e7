using IdJagBroker.Admin;
using IdJagBroker.Discovery;
using IdJagBroker.Keys;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;
using IdJagBroker.Receipts;
using IdJagBroker.SignIn;
using IdJagBroker.Revisions;
using IdJagBroker.Storage.PrivateCluster;
using IdJagBroker.TokenExchange;

namespace IdJagBroker.Hosting;

/// <summary>The service, ready to run: what <c>idjag serve</c> starts, and what a trial starts inside its own process.</summary>
public static class BrokerApplication
{
    /// <summary>Reads the configuration, loads policies and keys, and proves that the key signs.</summary>
    /// <param name="args">Configuration as on the command line, such as <c>--Broker:Issuer=https://…</c> or <c>--environment Development</c>.</param>
    /// <param name="ct">Ends the start.</param>
    /// <exception cref="StartupFailedException">Something is configured so that the service must not run; the message says what to change.</exception>
    public static Task<WebApplication> CreateAsync(string[] args, CancellationToken ct = default) => CreateAsync(args, static _ => { }, ct);

    /// <summary>The same, with a service that a stranger brings: what is registered last is what is used.</summary>
    /// <param name="plugIn">Registers such as an <see cref="Protocol.Jws.ISigningKey"/>.</param>
    internal static async Task<WebApplication> CreateAsync(string[] args, Action<IServiceCollection> plugIn, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        var development = builder.Environment.IsDevelopment();
        var cluster = development ? await DevelopmentState.FillAsync(builder.Configuration, ct) : null;
        var settings = BrokerSettings.Read(builder.Configuration, development);
        // A release is read when the database is there; until one is, nobody is known and nothing is granted.
        var (policy, policyWarnings) = PolicySourceOptions.Of(builder.Configuration).IsDatabase ? (PolicySnapshot.None, "") : LoadPolicy(settings);

        ConfigureServer(builder, settings);
        builder.Services.AddBroker(builder.Configuration, settings, policy);
        plugIn(builder.Services);
        if (cluster is not null) builder.Services.AddSingleton(_ => cluster);       // by a factory, so that the container stops it
        var app = builder.Build();
        if (cluster is not null) app.Services.GetRequiredService<PrivatePostgres>();

        Map(app, settings);
        if (policyWarnings.Length > 0) StartNotes.PolicyWarnings(app.Logger, policyWarnings);
        if (development) StartNotes.Development(app.Logger, settings.Issuer.Value, DevelopmentState.DirectoryOf(builder.Configuration));
        return app;
    }

    private static (PolicySnapshot Policy, string Warnings) LoadPolicy(BrokerSettings settings)
    {
        var load = PolicyFiles.Load(settings.Policies, settings.AllowLoopbackHttp);
        var text = PolicyDiagnosticText.Render(load.Diagnostics);
        return (load.Snapshot ?? throw new StartupFailedException(text), text);
    }

    private static void ConfigureServer(WebApplicationBuilder builder, BrokerSettings settings)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls(settings.PublicUrl.ToString(), settings.ManagementUrl.ToString());
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 16 * 1024;      // SEC-09: so no line is longer either
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);       // half-open connections (slowloris)
        });
        ConsoleLogging.Configure(builder.Services, builder.Configuration);
        // The framework logs request lines, and a query string may hold what a client should not have put there (SEC-26).
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical);      // what fails there is thrown, and told by who asked
    }

    private static void Map(WebApplication app, BrokerSettings settings)
    {
        app.UseMiddleware<FailureResponses>();
        TrustedProxies.Use(app, settings.TrustedProxies);
        app.UseRouting();
        app.UseMiddleware<PortWall>(settings);

        MetadataEndpoint.Map(app, settings.Issuer);
        JwksEndpoint.Map(app, settings.Issuer);
        ProvenanceEndpoint.Map(app, settings.Issuer);
        app.Map(EndpointPaths.Under(settings.Issuer, TokenEndpoint.Path), app.Services.GetRequiredService<TokenEndpoint>().Handle);
        app.Map(EndpointPaths.Under(settings.Issuer, ReceiptsEndpoint.Path), ReceiptsEndpoint.Handle);

        SignInServices.Map(app, settings.Issuer);

        var management = app.MapGroup("").WithMetadata(new ManagementOnly());
        HealthEndpoints.Map(management);
        PolicySchemaEndpoint.Map(management);
        AdminApi.Map(management);
        foreach (var source in ((IEndpointRouteBuilder)app).DataSources) _ = source.Endpoints;      // builds them: one that must not be stops the start
    }
}
