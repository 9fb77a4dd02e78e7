using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Browser.Tests;
using IdJagBroker.Browser.Tests.Harness;
using IdJagBroker.Demo.EnterpriseIdp;
using IdJagBroker.Demo.EnterpriseIdp.Shapes;
using IdJagBroker.Hosting;
using IdJagBroker.Shared;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(BrokerDatabases))]

namespace IdJagBroker.Browser.Tests;

/// <summary>
/// Two companies' identity providers, and a broker that sends people there to sign in. The providers are on <c>localhost</c> and the broker on <c>127.0.0.1</c>: to a browser these are
/// two sites, as they are in life. Each class of scenarios has its own.
/// </summary>
public sealed class Enterprise(BrokerDatabases databases) : IAsyncLifetime
{
    /// <summary>The headings of the providers' login pages.</summary>
    internal const string AcmeLogin = "Sign in to Acme", GlobexLogin = "Sign in to Globex";

    private const string AtAcme = "0oa-broker", AtGlobex = "123-broker.apps";

    private readonly string _state = Directory.CreateTempSubdirectory("idjag-browser-").FullName;
    private readonly string _secretKey = Random(32);
    private WebApplication? _broker;

    /// <summary>The clock of everybody but the browser.</summary>
    internal SteppedClock Clock { get; } = new();

    /// <summary>The password of all people.</summary>
    internal string Password { get; } = Random(9);

    /// <summary>The secret of every application that has one, and of the broker at its providers.</summary>
    internal string Secret { get; } = Random(32);

    /// <summary>The broker's issuer.</summary>
    internal string Broker { get; } = $"http://127.0.0.1:{FreePort.Next()}";

    /// <summary>Where Acme's people sign in. Dana may not use the broker's applications.</summary>
    internal OpenIdProvider Acme { get; private set; } = null!;

    /// <summary>Where Globex's people sign in, and Pat with a private account, whom the broker does not take.</summary>
    internal OpenIdProvider Globex { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Acme = await StartAsync("Acme", new OktaShape(), AtAcme, "acme",
            [.. AcmePeople.With(Password).Select(person => person.UserName is "dana" ? person with { NotAssignedTo = [AtAcme] } : person)]);
        Globex = await StartAsync("Globex", new WorkspaceShape(), AtGlobex, "globex",
            [Someone("gil", "gil@globex.example"), Someone("pat", "pat@mail.example")]);

        var policies = Directory.CreateDirectory(Path.Combine(_state, "policies")).FullName;
        await File.WriteAllTextAsync(Path.Combine(policies, "catalog.yaml"), Catalog);
        _broker = await BrokerApplication.CreateAsync(
        [
            "--environment", "Development", $"--State={_state}", $"--Broker:Issuer={Broker}", $"--Broker:PublicUrl={Broker}",
            $"--Broker:ManagementUrl=http://127.0.0.1:{FreePort.Next()}", $"--Broker:Policies={policies}", $"--Clients:SecretKey={_secretKey}",
            $"--Management:TokenHash={Hash(Random(32))}", "--Logging:LogLevel:Default=Error", $"--Database:ConnectionString={await databases.CreateDatabaseAsync()}",
            $"--Upstreams:acme:SignIn:Secret={Secret}", $"--Upstreams:globex:SignIn:Secret={Secret}",
        ], services => services.AddSingleton<TimeProvider>(Clock), default);
        await _broker.StartAsync();
    }

    /// <summary>An application of the catalogue, on a port that it takes when it starts: <c>notes</c> and <c>tickets</c> of Acme, <c>wiki</c> for both companies, <c>desk</c> without a secret.</summary>
    internal Task<Application> ApplicationAsync(string name) => Application.StartAsync(Broker, name, name is "desk" ? null : Secret);

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.StopAsync();
            await _broker.DisposeAsync();
        }
        await Acme.DisposeAsync();
        await Globex.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    private async Task<OpenIdProvider> StartAsync(string company, IdTokenShape shape, string clientId, string alias, IReadOnlyList<Person> people)
    {
        var port = FreePort.Next();
        var idp = OpenIdProvider.Create(new IdpOptions
        {
            Port = port, BaseUrl = $"http://localhost:{port}", Company = company, Shape = shape, People = people, Clock = Clock,
            Clients = [new IdpClient(clientId, Secret, $"{Broker}/signin/callback/{alias}")],
        });
        await idp.StartAsync();
        return idp;
    }

    private Person Someone(string userName, string email) => new() { Id = $"00u-{userName}", UserName = userName, Name = userName, Email = email, Password = new PasswordHash(Password) };

    private string Catalog =>
        $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: acme, owner: iam-team@acme.example}
        idps:
          acme:   {issuer: "{{{Acme.Issuer}}}", kind: okta, groupsClaim: groups, signIn: {clientId: {{{AtAcme}}}, name: Acme}}
          globex: {issuer: "{{{Globex.Issuer}}}", kind: google, hostedDomains: [globex.example], signIn: {clientId: {{{AtGlobex}}}, name: Globex Corporation}}
        groups:
          engineering: {idp: acme, id: {{{AcmePeople.Engineering.Id}}}}
        clients:
          notes:   {clientIds: [notes], auth: client_secret, secretHashes: ["{{{Hash(Secret)}}}"], signIn: {name: Notes, {{{Addresses}}}, idps: [acme]}}
          tickets: {clientIds: [tickets], auth: client_secret, secretHashes: ["{{{Hash(Secret)}}}"], signIn: {name: Tickets, {{{Addresses}}}, idps: [acme]}}
          wiki:    {clientIds: [wiki], auth: client_secret, secretHashes: ["{{{Hash(Secret)}}}"], signIn: {name: Wiki, {{{Addresses}}} }}
          desk:    {clientIds: [desk], auth: none, signIn: {name: Desk & Co, {{{Addresses}}}, idps: [acme]}}
        authorizationServers:
          vendor: {issuer: "https://as.vendor.example", clientIds: {notes: cl_notes}}
        resources:
          vendor-mcp: {as: vendor, uri: "https://vendor.example/mcp", scopes: ["notes:read"]}
        ---
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: notes, owner: iam-team@acme.example}
        rules:
          - id: engineers-read-notes
            effect: allow
            why: The broker needs a policy; nobody asks for an ID-JAG here
            who:    {groups: {anyOf: [engineering]}}
            client: {ids: [notes]}
            grant:  {vendor-mcp: ["notes:read"]}

        """;

    private const string Addresses = """redirectUris: ["http://127.0.0.1/callback"], postLogoutRedirectUris: ["http://127.0.0.1/signed-out"]""";

    private static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));

    // What `idjag secret hash` prints.
    private string Hash(string secret) => "hmac-sha256:" + Base64Url.EncodeToString(HMACSHA256.HashData(Base64Url.DecodeFromChars(_secretKey), Encoding.UTF8.GetBytes(secret)));
}
