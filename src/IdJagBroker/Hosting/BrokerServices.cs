using System.Text.Json.Serialization;
using IdJagBroker.Admin;
using IdJagBroker.Audit;
using IdJagBroker.Audit.Api;
using IdJagBroker.Audit.Checkpoints;
using IdJagBroker.Audit.Exports;
using IdJagBroker.Audit.Retention;
using IdJagBroker.Audit.Sequencing;
using IdJagBroker.Audit.Webhooks;
using IdJagBroker.Clients;
using IdJagBroker.Clients.Documents;
using IdJagBroker.Clients.Registry;
using IdJagBroker.Discovery;
using IdJagBroker.Dpop;
using IdJagBroker.Egress;
using IdJagBroker.Keys;
using IdJagBroker.LiveTests;
using IdJagBroker.Locks;
using IdJagBroker.PastDecisions;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Receipts;
using IdJagBroker.Revisions;
using IdJagBroker.SignIn;
using IdJagBroker.Storage;
using IdJagBroker.TokenExchange;
using IdJagBroker.TokenExchange.AdminAccess;
using IdJagBroker.Upstreams;
using IdJagBroker.Upstreams.People;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Hosting;

/// <summary>Puts the rooms together; every bad value of an option stops the start.</summary>
internal static class BrokerServices
{
    public static void AddBroker(this IServiceCollection services, IConfiguration configuration, BrokerSettings settings, PolicySnapshot policy)
    {
        services.AddSingleton(TimeProvider.System);
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull);
        services.AddSingleton(settings.Issuer);
        services.AddSingleton(new ActivePolicy(policy));
        services.AddDatabase(configuration);
        services.AddMediator();
        AddOptions<AuditOptions>(services, configuration, "Audit");
        AddOptions<CheckpointOptions>(services, configuration, "Audit:Checkpoints");
        AddOptions<WebhookOptions>(services, configuration, "Audit:Webhooks");
        AddOptions<ExportOptions>(services, configuration, "Audit:Exports");
        AddOptions<RetentionOptions>(services, configuration, "Audit:Retention");
        AddOptions<ClientOptions>(services, configuration, "Clients");
        AddOptions<DpopOptions>(services, configuration, "Dpop");
        AddOptions<KeyOptions>(services, configuration, "Keys");
        AddOptions<ManagementOptions>(services, configuration, "Management");
        AddOptions<AdminAccessOptions>(services, configuration, "Management");
        AddOptions<PersonalDetailsOptions>(services, configuration, "PersonalDetails");
        AddOptions<PolicySourceOptions>(services, configuration, "Policies");
        AddOptions<LiveTestOptions>(services, configuration, "Policies:LiveTests");
        AddOptions<RateLimitOptions>(services, configuration, "RateLimits");
        AddOptions<TokenExchangeOptions>(services, configuration, "TokenExchange");

        services.AddSingleton<AuditInbox>().AddHostedService(provider => provider.GetRequiredService<AuditInbox>());
        services.AddHostedService<ReplayKeyCleaning>();
        services.AddSingleton(LogOrigin.Of(settings.Issuer));
        services.AddSingleton<CheckpointSigner>();
        services.AddCheckpointPlaces(configuration.GetSection("Audit:Checkpoints"), settings.AllowLoopbackHttp);
        services.AddSingleton<Sequencer>().AddHostedService(provider => provider.GetRequiredService<Sequencer>());
        services.AddHostedService<InboxWatch>();
        services.AddSingleton<LogReader>();
        services.AddExports();
        services.AddSingleton<RetentionTable>().AddSingleton<RetentionWork>().AddHostedService<RetentionWorker>();
        services.AddSingleton<PolicyActivation>().AddHostedService(provider => provider.GetRequiredService<PolicyActivation>());
        services.AddAuditApi();
        services.AddSingleton<IssuanceLog>();
        services.AddSingleton<TokenSigner>();
        services.AddKeys().AddReleaseKeys(configuration);
        services.AddRevisions(configuration, settings);         // after the keys, which verify releases, and before whoever asks the catalogue
        services.AddLocks(static (provider, _) => new(provider.GetRequiredService<ActivePolicy>().Current.Catalog)).AddHostedService<LocksWatch>();

        services.AddSingleton(provider => new ClientSecretHash(provider.GetRequiredService<IOptions<ClientOptions>>().Value.SecretKey));
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookDelivery>();
        services.AddSingleton<WebhookRun>();
        services.AddHostedService<WebhookSender>();
        services.AddScoped<WebhookChange>();
        services.AddSingleton<ClientAssertions>();
        services.AddSingleton(provider => new PublishedFetch(
            provider.GetRequiredService<EgressClient>(), auditEvent => provider.GetRequiredService<AuditInbox>().AppendAsync(auditEvent, []),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PublishedFetch>>()));
        services.AddSingleton<PublishedKeySets>();
        services.AddSingleton<PublishedClientKeys>();
        services.AddSingleton<ClientAuthenticator>();
        services.AddSingleton<SubjectTokens>();
        services.AddSignIn(configuration);
        services.AddSingleton(provider => new DpopNonce(provider.GetRequiredService<ClientSecretHash>().DeriveKey("dpop nonce")));
        services.AddSingleton(provider => new DpopProofCheck(
            EndpointPaths.Absolute(settings.Issuer, TokenEndpoint.Path), provider.GetRequiredService<DpopNonce>(),
            provider.GetRequiredService<IOptions<DpopOptions>>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ClientRegistry>().AddHostedService<ClientRegistryRefresh>();
        services.AddScoped<CurrentAdministrator>();
        services.AddScoped<ClientChange>();
        services.AddUpstreams(configuration, settings, policy);
        services.AddPastDecisions();
        services.AddLiveTests(settings);
        services.AddSingleton(provider => new PersonVault(provider.GetRequiredService<ClientSecretHash>().DeriveKey("personal details")));
        services.AddSingleton<PersonTable>();
        services.AddSingleton<PersonErasure>();
        services.AddSingleton<PersonDetailsKeeper>().AddHostedService(provider => provider.GetRequiredService<PersonDetailsKeeper>());
        services.AddSingleton<PersonDirectory>().AddHostedService<ErasedPeopleWatch>();
        services.AddSingleton(provider => new FactHashes(provider.GetRequiredService<ClientSecretHash>().DeriveKey("facts in the log")));
        services.AddSingleton(provider => new SubjectNaming(provider.GetRequiredService<ClientSecretHash>().DeriveKey("pairwise subject")));
        services.AddSingleton<IdJagFactory>();
        services.AddSingleton<AdminTokenFactory>();
        services.AddSingleton<AdminTokenValidator>();
        services.AddSingleton<AdminDenial>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<TokenEndpoint>();
        services.AddSingleton<ReplayMemory>();
        services.AddSingleton<ReceiptAuthenticator>().AddSingleton<IssuedIdJags>().AddSingleton<ReceiptLog>().AddSingleton<ReceiptRoom>();
    }

    private static void AddOptions<T>(IServiceCollection services, IConfiguration configuration, string section) where T : class =>
        services.AddOptions<T>().Bind(configuration.GetSection(section)).ValidateDataAnnotations().ValidateOnStart();
}
