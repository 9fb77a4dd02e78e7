using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Demo.Walk;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.RealClients.Tests;
using IdJagBroker.Shared;
using IdJagBroker.Storage;
using Microsoft.AspNetCore.Builder;
using ModelContextProtocol.Authentication;

[assembly: AssemblyFixture(typeof(Enterprise))]

namespace IdJagBroker.RealClients.Tests;

/// <summary>What the real clients meet, once for all tests: the enterprise's IdP, the broker with its Postgres, and two MCP servers.</summary>
public sealed class Enterprise() : PostgresFixture(connectionString => DatabaseSetup.MigrateAsync(connectionString, CancellationToken.None)), IAsyncLifetime
{
    /// <summary>The client's id at the broker.</summary>
    internal const string ClientId = "tickets-agent";

    private const string AtIdp = "0oa-tickets-agent", OfBroker = "0oa-broker";
    private static readonly Uri Redirect = new("http://127.0.0.1:5499/callback");     // captured by the scripted browser

    private readonly string _state = Directory.CreateTempSubdirectory("idjag-real-").FullName;
    private readonly string _password = Random(9);
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });
    private OpenIdProvider _idp = null!;
    private WebApplication _broker = null!;

    /// <summary>What <c>portal-key</c> signs its assertions with.</summary>
    internal ECDsa PortalKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The broker's issuer.</summary>
    internal string Broker { get; } = $"http://127.0.0.1:{FreePort.Next()}";

    /// <summary>The client's secret at IdP and broker.</summary>
    internal string Secret { get; } = Random(32);

    /// <summary>Its secret at the MCP servers: what a generator may well make, and what comes out differently if one side encodes it and the other does not (SEC-22).</summary>
    internal string SecretAtTickets { get; } = "+%3A/:=&" + Random(32);

    /// <summary>Issuer without a path, ES256.</summary>
    internal TicketServer Tickets { get; private set; } = null!;

    /// <summary>Issuer with a path, RS256, clients by metadata document besides.</summary>
    internal TicketServer TenantTickets { get; private set; } = null!;

    /// <summary>The server that a theory's row names.</summary>
    internal TicketServer Server(string name) => name is "tenant" ? TenantTickets : Tickets;

    public async ValueTask InitializeAsync()
    {
        var (port, tenantPort) = (FreePort.Next(), FreePort.Next());
        _idp = OpenIdProvider.Create(new IdpOptions
        {
            Port = FreePort.Next(), People = AcmePeople.With(_password), Shape = new OktaShape(),
            Clients = [new IdpClient(AtIdp, Secret, Redirect.OriginalString), new IdpClient(OfBroker, Secret, $"{Broker}/signin/callback/acme")],
        });
        await _idp.StartAsync();
        Tickets = await TicketServer.StartAsync(port, "", InProcessSigningKey.CreateEs256(), Broker, SecretAtTickets, takesDocuments: false);
        TenantTickets = await TicketServer.StartAsync(
            tenantPort, "/tenants/acme", new InProcessSigningKey(RSA.Create(2048), JwsAlgorithm.RS256), Broker, SecretAtTickets, takesDocuments: true);

        var secretKey = Random(32);
        var policies = Directory.CreateDirectory(Path.Combine(_state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "policy.yaml"), Policy(Hash(secretKey, Secret)));
        _broker = await BrokerApplication.CreateAsync(
        [
            "--environment", "Development", $"--State={_state}", $"--Broker:Issuer={Broker}", $"--Broker:PublicUrl={Broker}",
            $"--Broker:ManagementUrl=http://127.0.0.1:{FreePort.Next()}", $"--Broker:Policies={policies}", $"--Clients:SecretKey={secretKey}",
            $"--Upstreams:acme:SignIn:Secret={Secret}",
            $"--Management:TokenHash={Hash(secretKey, Random(32))}", "--Logging:LogLevel:Default=Error", $"--Database:ConnectionString={await CreateDatabaseAsync()}",
        ], default);
        await _broker.StartAsync();
    }

    /// <summary>Ana of engineering signs in at the enterprise's IdP; her ID Token.</summary>
    internal async Task<string> SignInAsync()
    {
        using var browser = new Browser();
        return (await new CodeFlow(_http, _idp.Issuer, AtIdp, Secret, Redirect).SignInAsync(browser, "ana", _password, default)).IdToken!;
    }

    /// <summary>Where an application's address leads Ana, who signs in on the way if she is asked to.</summary>
    internal async Task<string> VisitAsync(Browser browser, string address, string redirectUri) =>
        (await browser.SignInAsync(new Uri(address), new Uri(redirectUri), "ana", _password, default)).Address.OriginalString;

    /// <summary>An access token of hers for the first server, by the C# SDK.</summary>
    internal async Task<string> AccessTokenAsync(string scope)
    {
        var idToken = await SignInAsync();
        var provider = new IdentityAssertionGrantProvider(new IdentityAssertionGrantProviderOptions
        {
            IdpUrl = Broker, IdpClientId = ClientId, IdpClientSecret = Secret, IdpScope = scope, ClientId = TicketServer.ClientId, ClientSecret = SecretAtTickets,
            IdTokenCallback = (_, _) => Task.FromResult(idToken),
        }, _http);
        return (await provider.GetAccessTokenAsync(new Uri(Tickets.Resource), new Uri(Tickets.Issuer))).AccessToken;
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await _broker.StopAsync();
        await _broker.DisposeAsync();
        await TenantTickets.DisposeAsync();
        await Tickets.DisposeAsync();
        await _idp.DisposeAsync();
        PortalKey.Dispose();
        _http.Dispose();
        await DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    private string Policy(string secretHash) =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: acme, owner: iam-team@acme.example}
        idps:
          acme: {issuer: "{{{_idp.Issuer}}}", kind: okta, groupsClaim: groups, signIn: {clientId: {{{OfBroker}}}, name: Acme}}
        groups:
          engineering: {idp: acme, id: {{{AcmePeople.Engineering.Id}}}}
        clients:
          tickets-agent:
            clientIds: [{{{ClientId}}}]
            auth: client_secret
            secretHashes: ["{{{secretHash}}}"]
            subjectTokenAudiences: {acme: [{{{AtIdp}}}]}
          portal:      {clientIds: [portal], auth: client_secret, secretHashes: ["{{{secretHash}}}"], {{{PeopleSignIn}}}}
          portal-key:  {clientIds: [portal-key], auth: private_key_jwt, jwks: {keys: [{{{PublicJwk(PortalKey)}}}]}, {{{PeopleSignIn}}}}
          portal-tool: {clientIds: [portal-tool], auth: none, dpop: required, {{{PeopleSignIn}}}}
        authorizationServers:
          tickets: {issuer: "{{{Tickets.Issuer}}}", clientIds: {tickets-agent: {{{TicketServer.ClientId}}}, portal: cl_portal, portal-key: cl_portal_key, portal-tool: cl_portal_tool}}
          tenant:  {issuer: "{{{TenantTickets.Issuer}}}", clientIds: {tickets-agent: {{{TicketServer.ClientId}}}}}
        resources:
          tickets-mcp: {as: tickets, uri: "{{{Tickets.Resource}}}", scopes: ["{{{TicketTools.Read}}}", "{{{TicketTools.Comment}}}"]}
          tenant-mcp:  {as: tenant, uri: "{{{TenantTickets.Resource}}}", scopes: ["{{{TicketTools.Read}}}", "{{{TicketTools.Comment}}}"]}
        ---
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: tickets, owner: iam-team@acme.example}
        rules:
          - id: engineers-work-on-tickets
            effect: allow
            why: Engineers read and comment tickets
            who:    {groups: {anyOf: [engineering]}}
            client: {ids: [tickets-agent, portal, portal-key, portal-tool]}
            grant:
              tickets-mcp: ["{{{TicketTools.Read}}}", "{{{TicketTools.Comment}}}"]
              tenant-mcp:  ["{{{TicketTools.Read}}}", "{{{TicketTools.Comment}}}"]

        """;

    private const string PeopleSignIn = """signIn: {redirectUris: ["http://127.0.0.1/callback"], postLogoutRedirectUris: ["http://127.0.0.1/bye"]}""";

    private static string PublicJwk(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return $"{{kty: EC, crv: P-256, alg: ES256, use: sig, kid: portal-1, x: {Base64Url.EncodeToString(point.X)}, y: {Base64Url.EncodeToString(point.Y)}}}";
    }

    private static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    // What `idjag secret hash` prints.
    private static string Hash(string key, string secret) =>
        "hmac-sha256:" + Base64Url.EncodeToString(HMACSHA256.HashData(Base64Url.DecodeFromChars(key), Encoding.UTF8.GetBytes(secret)));
}
