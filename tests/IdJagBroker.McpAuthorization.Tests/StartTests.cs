using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.McpAuthorization.Tests.Support;
using IdJagBroker.Protocol.Jws;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Tests;

/// <summary>Bad or incomplete options stop the start.</summary>
public sealed class StartTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    private static readonly Dictionary<string, (string Says, Action<IdJagAuthorizationServerOptions> Spoil)> Server = new()
    {
        ["no issuer"] = ("Issuer:", o => o.Issuer = ""),
        ["http issuer"] = ("Issuer:", o => o.Issuer = "http://as.trackr.example"),
        ["issuer with a query"] = ("Issuer:", o => o.Issuer = "https://as.trackr.example?x"),
        ["issuer with braces"] = ("Issuer:", o => o.Issuer = "https://as.trackr.example/{x}"),
        ["no key"] = ("SigningKey:", o => o.SigningKey = null),
        ["key published twice"] = ("PublishedKeys:", o => o.PublishedKeys.Add(o.SigningKey!.PublicKey)),
        ["access tokens of two hours"] = ("AccessTokenLifetime:", o => o.AccessTokenLifetime = TimeSpan.FromHours(2)),
        ["access tokens of no time"] = ("AccessTokenLifetime:", o => o.AccessTokenLifetime = TimeSpan.Zero),
        ["id-jags of a day"] = ("MaxIdJagLifetime:", o => o.MaxIdJagLifetime = TimeSpan.FromDays(1)),
        ["nobody trusted"] = ("TrustedIssuers:", o => o.TrustedIssuers.Clear()),
        ["trusted twice"] = ("TrustedIssuers:", o => o.TrustedIssuers.Add(o.TrustedIssuers[0])),
        ["http trusted"] = ("an https URL", o => o.TrustedIssuers[0].Issuer = "http://broker.acme.example"),
        ["itself trusted"] = ("trust itself", o => o.TrustedIssuers[0].Issuer = o.Issuer),
        ["itself trusted with a slash"] = ("trust itself", o => o.TrustedIssuers[0].Issuer = o.Issuer + "/"),
        ["http keys"] = ("JwksUri:", o => o.TrustedIssuers[0].JwksUri = "http://broker.acme.example/keys"),
        ["no algorithm"] = ("Algorithms:", o => o.TrustedIssuers[0].Algorithms = []),
        ["unregistered client trusted"] = ("ClientIds:", o => o.TrustedIssuers[0].ClientIds = ["cl_nobody"]),
        ["client of a nameless tenant"] = ("AudienceTenant:", o => o.Clients[0].AudienceTenant = ""),
        ["nameless tenant"] = ("tenant", o => o.TrustedIssuers[0].Tenants = [" "]),
        ["receipts over http"] = ("Receipts.Endpoint:", o => o.TrustedIssuers[0].Receipts = new ReceiptOptions { Endpoint = "http://broker.acme.example/receipts/v1" }),
        ["receipts to nowhere"] = ("Receipts.Endpoint:", o => o.TrustedIssuers[0].Receipts = new ReceiptOptions { Endpoint = "receipts" }),
        ["receipts an hour later"] = ("Receipts.Delay:", o => o.TrustedIssuers[0].Receipts = new ReceiptOptions { Delay = TimeSpan.FromHours(1) }),
        ["receipts before their time"] = ("Receipts.Delay:", o => o.TrustedIssuers[0].Receipts = new ReceiptOptions { Delay = TimeSpan.FromTicks(-1) }),
        ["no room for receipts"] = ("Receipts.MaxWaiting:", o => o.TrustedIssuers[0].Receipts = new ReceiptOptions { MaxWaiting = 0 }),
        ["a nonce key that can be guessed"] = ("Dpop.NonceKey:", o => o.Dpop.NonceKey = new byte[31]),
        ["no resource"] = ("Resources:", o => o.Resources.Clear()),
        ["resource with a fragment"] = ("Resources[", o => o.Resources[0].Resource += "#x"),
        ["resource twice"] = ("is there twice", o => o.Resources.Add(new ProtectedResource { Resource = "https://MCP.trackr.example:443/v1/mcp" })),
        ["offline_access"] = ("offline_access", o => o.Resources[0].Scopes = ["offline_access"]),
        ["default scope that is none"] = ("ScopesWithoutClaim", o => o.Resources[0].ScopesWithoutClaim = ["other"]),
        ["short secret"] = ("32 characters", o => o.Clients[0].Secret = "short"),
        ["no secret"] = ("a secret is required", o => o.Clients.Add(new IdJagClient { ClientId = "public" })),
        ["client by secret and by keys"] = ("in one way", o => o.Clients[0].JwksUri = "https://client.example/keys"),
        ["keys that are none"] = (".Keys:", o => o.Clients.Add(new IdJagClient { ClientId = "c", Keys = new JsonWebKeySet([]) })),
        ["keys of one name"] = (".Keys:", o => o.Clients.Add(new IdJagClient { ClientId = "c", Keys = new JsonWebKeySet([o.SigningKey!.PublicKey, o.SigningKey.PublicKey]) })),
        ["client's keys over http"] = (".JwksUri:", o => o.Clients.Add(new IdJagClient { ClientId = "c", JwksUri = "http://client.example/keys" })),
        ["document without path"] = ("CIMD-01", o => o.Clients.Add(new IdJagClient { ClientId = "https://client.example/", UsesMetadataDocument = true })),
        ["document over http"] = ("CIMD-01", o => o.Clients.Add(new IdJagClient { ClientId = "http://client.example/c.json", UsesMetadataDocument = true })),
        ["document of an opaque id"] = ("CIMD-01", o => o.Clients.Add(new IdJagClient { ClientId = "client", UsesMetadataDocument = true })),
        ["host with a path"] = ("ClientDocumentHosts[", o => o.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = "https://client.example/c" })),
        ["host over http"] = ("ClientDocumentHosts[", o => o.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = "http://client.example" })),
        ["host twice"] = ("ClientDocumentHosts:", o =>
        {
            o.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = "https://client.example" });
            o.ClientDocumentHosts.Add(new ClientDocumentHost { Origin = "https://client.example" });
        }),
        ["public client of an opaque id"] = ("PublicClientIds:", o => o.TrustedIssuers[0].PublicClientIds = [Ras.Client]),
        ["public client that nobody registered"] = ("PublicClientIds:", o => o.TrustedIssuers[0].PublicClientIds = ["https://client.example/c.json"]),
        ["id-jags of one issuer longer than of all"] = ("MaxLifetime:", o => o.TrustedIssuers[0].MaxLifetime = TimeSpan.FromMinutes(16)),
        ["id-jags of one issuer of no time"] = ("MaxLifetime:", o => o.TrustedIssuers[0].MaxLifetime = TimeSpan.FromSeconds(29)),
        ["resource of an issuer that is none"] = ("].Resources:", o => o.TrustedIssuers[0].Resources = ["https://mcp.trackr.example/other"]),
        ["scope of an issuer that is none"] = ("].Scopes:", o => o.TrustedIssuers[0].Scopes = ["a b"]),
        ["resource of a nameless tenant"] = ("AudienceTenant:", o => o.Resources[0].AudienceTenant = ""),
        ["no algorithm of assertions"] = ("ClientAssertionAlgorithms:", o => o.ClientAssertionAlgorithms = []),
        ["a claim that says whose a token is"] = ("AccessTokenClaims:", o => o.TrustedIssuers[0].AccessTokenClaims = ["email", "sub"]),
        ["records of tokens that nobody asks for"] = ("IntrospectionClients:", o => { o.IntrospectionClients.Add(Asker()); o.RecordAccessTokens = false; }),
        ["who asks without a name"] = (".ClientId:", o => Asking(o).ClientId = ""),
        ["who asks without a secret"] = ("a secret is required", o => Asking(o, new IntrospectionClient { ClientId = "mcp", Resources = [Ras.Resource] })),
        ["who asks with a short secret"] = ("a secret is required", o => Asking(o).Secret = "short"),
        ["who asks about nothing"] = ("].Resources:", o => Asking(o).Resources = []),
        ["who asks about another's"] = ("].Resources:", o => Asking(o).Resources = ["https://mcp.trackr.example/other"]),
        ["who asks and redeems"] = ("IntrospectionClients:", o => Asking(o).ClientId = Ras.Client),
        ["who asks twice"] = ("IntrospectionClients:", o => { Asking(o); Asking(o); }),
        ["no client id"] = ("ClientId:", o => o.Clients.Add(new IdJagClient { Secret = Ras.Secret })),
        ["client twice"] = ("Clients:", o => o.Clients.Add(new IdJagClient { ClientId = Ras.Client, Secret = Ras.Secret })),
    };

    private static IntrospectionClient Asker() => new() { ClientId = "mcp", Secret = Ras.OtherSecret, Resources = [Ras.Resource] };

    private static IntrospectionClient Asking(IdJagAuthorizationServerOptions options, IntrospectionClient? client = null)
    {
        options.RecordAccessTokens = true;
        options.IntrospectionClients.Add(client ?? Asker());
        return options.IntrospectionClients[^1];
    }

    private static readonly Dictionary<string, (string Says, Action<McpResourceServerOptions> Spoil)> Mcp = new()
    {
        ["no resource"] = ("Resource:", o => o.Resource = ""),
        ["http resource"] = ("Resource:", o => o.Resource = "http://mcp.trackr.example/v1/mcp"),
        ["no authorization server"] = ("AuthorizationServer:", o => o.AuthorizationServer = ""),
        ["http authorization server"] = ("AuthorizationServer:", o => o.AuthorizationServer = "http://as.trackr.example"),
        ["a nonce key that can be guessed"] = ("Dpop.NonceKey:", o => o.Dpop.NonceKey = new byte[31]),
        ["http endpoint"] = ("EndpointUrl:", o => o.EndpointUrl = "http://mcp.trackr.example/v1/mcp"),
        ["endpoint with a user"] = ("EndpointUrl:", o => o.EndpointUrl = "https://u:p@mcp.trackr.example/v1/mcp"),
        ["http keys"] = ("JwksUri:", o => o.JwksUri = "http://as.trackr.example/jwks"),
        ["a tool without scope"] = ("RequireScope(x)", o => o.RequireScope("x")),
        ["a tool allowed and not"] = ("AllowTool(tickets.list)", o => o.AllowTool("tickets.list")),
        ["a tool not allowed after all"] = ("ping:", o => o.RequireScope("ping", "a")),
        ["a scope that is two"] = ("Scope a b", o => o.RequireScope("y", "a b")),
        ["offline_access"] = ("offline_access", o => o.Scopes = ["offline_access"]),
        ["questions over http"] = ("Introspection.Endpoint:", o => o.Introspection = new IntrospectionOptions { ClientId = "mcp", Secret = "s", Endpoint = "http://as.trackr.example/introspect" }),
        ["questions with a secret in the URL"] = ("Introspection.Endpoint:", o => o.Introspection = new IntrospectionOptions { ClientId = "mcp", Secret = "s", Endpoint = "https://u:p@as.trackr.example/introspect" }),
        ["questions of nobody"] = ("Introspection: a ClientId", o => o.Introspection = new IntrospectionOptions { Secret = "s" }),
        ["questions without a secret"] = ("Introspection: a ClientId", o => o.Introspection = new IntrospectionOptions { ClientId = "mcp" }),
        ["answers that may take for ever"] = ("Introspection.Timeout:", o => o.Introspection = new IntrospectionOptions { ClientId = "mcp", Secret = "s", Timeout = TimeSpan.FromMinutes(1) }),
        ["a body of any size"] = ("MaxRequestBytes", o => o.MaxRequestBytes = int.MaxValue),
    };

    public static TheoryData<string> ServerCases => [.. Server.Keys];
    public static TheoryData<string> McpCases => [.. Mcp.Keys];

    [Theory, MemberData(nameof(ServerCases)), Trait("Spec", "RAS-11"), Trait("Spec", "RAS-12"), Trait("Spec", "AT-11"), Trait("Spec", "SEC-23")]
    public async Task Does_not_start_an_authorization_server_with(string fault)
    {
        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => Ras.StartAsync(broker, new RasSetup { Configure = Server[fault].Spoil }));

        Assert.Contains(Server[fault].Says, Assert.Single(stopped.Failures, failure => failure.Contains(Server[fault].Says, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(McpCases)), Trait("Spec", "RS-05")]
    public async Task Does_not_start_an_mcp_server_with(string fault)
    {
        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => Ras.StartAsync(broker, new RasSetup { Mcp = Mcp[fault].Spoil }));

        Assert.Contains(stopped.Failures, failure => failure.Contains(Mcp[fault].Says, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Takes_plain_http_on_loopback_in_development_only()
    {
        await using (await Ras.StartAsync(broker)) { }

        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => Ras.StartAsync(broker, new RasSetup { Environment = "Production" }));

        Assert.Contains("an https URL", Assert.Single(stopped.Failures), StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-23")]
    public void Keeps_no_secret_that_could_be_read_back()
    {
        var client = new IdJagClient { ClientId = "c", Secret = Ras.Secret, Secrets = [Ras.OtherSecret] };

        Assert.Null(client.Secret);
        Assert.Empty(client.Secrets);
        Assert.True(client.KnownSecrets.Hashes[0].Matches(ClientSecretHash.Of(Ras.Secret)));
        Assert.False(client.KnownSecrets.Hashes[0].Matches(ClientSecretHash.Of(Ras.OtherSecret)));
    }
}
