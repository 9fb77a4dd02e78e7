using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Upstreams;

/// <summary>A broker that trusts one provider of each kind, all on one host of ours, and a policy that lets everybody in at one place.</summary>
public sealed class ProvidersFixture(BrokerPostgres postgres) : IAsyncLifetime
{
    internal const string Tenant = "aaaaaaaa-0000-4000-8000-000000000001";
    internal const string SecondTenant = "aaaaaaaa-0000-4000-8000-000000000002";
    internal const string SingleTenant = "aaaaaaaa-0000-4000-8000-000000000003";
    internal const string Stranger = "aaaaaaaa-0000-4000-8000-000000000009";
    internal const string Ana = "bbbbbbbb-0000-4000-8000-000000000001";
    private const string Clients = "subjectTokenAudiences: {okta: [agent-at-okta, agent-mobile-at-okta], entra: [agent-at-entra]}";

    internal BrokerFixture Broker { get; } = new(postgres);

    internal ProviderHost Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await ProviderHost.StartAsync();
        Publish();
        await Broker.StartAsync(
            [
                .. new[] { "single", "oktadir", "oktalimited" }.Select(alias => $"--Upstreams:{alias}:Secret=secret-of-{alias}"),
                $"--Policies:LiveTests:At={DateTime.UtcNow.AddHours(12):HH:mm}",       // never while tests run
            ],
            Policy, changeCatalog: Catalog);
    }

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        await Host.DisposeAsync();
    }

    /// <summary>The issuer of a registration, or for the templated one that of <see cref="Tenant"/>.</summary>
    internal string IssuerOf(string alias) => alias switch
    {
        "multi" => $"{Host.Url}/{Tenant}/v2.0",
        "single" => $"{Host.Url}/{SingleTenant}/v2.0",
        "google" => Host.Url,
        _ => $"{Host.Url}/{alias}",
    };

    /// <summary>A good ID Token in the form of its provider, with whatever <paramref name="change"/> makes of it.</summary>
    internal string IdToken(string alias, Action<JsonObject, JsonObject>? change = null, string? keyId = null)
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var header = new JsonObject { ["typ"] = "JWT" };
        var claims = new JsonObject { ["iss"] = IssuerOf(alias), ["sub"] = "sub-of-ana", ["aud"] = "agent-there", ["iat"] = now - 5, ["exp"] = now + 3600 };
        switch (alias)
        {
            case "multi" or "single":
                (claims["tid"], claims["oid"], claims["ver"]) = (alias is "multi" ? Tenant : SingleTenant, Ana, "2.0");
                claims["groups"] = new JsonArray();
                break;
            case "google":
                claims["hd"] = "acme.example";
                break;
            case "ping":
                claims["exp"] = now + 295;
                header.Remove("typ");
                break;
        }
        change?.Invoke(header, claims);
        return Host.Sign(keyId ?? $"{(alias is "multi" ? "shared" : alias)}-key", header, claims);
    }

    /// <summary>Asks for the place where everybody is let in.</summary>
    internal Task<TokenAnswer> EnterAsync(string idToken) => AtAsync("open", idToken);

    /// <summary>Asks for one of the places of this policy.</summary>
    internal Task<TokenAnswer> AtAsync(string place, string idToken) => Broker.Token.ExchangeAsync(
        ("subject_token", idToken), ("audience", $"https://{place}.example"), ("resource", $"https://mcp.{place}.example/"), ("scope", "read"));

    internal async Task RefusesAsync(string idToken, string detail)
    {
        var answer = await EnterAsync(idToken);
        answer.IsRefused("invalid_grant");
        Assert.Equal(detail, (string?)(await Broker.ExplainAsync(answer))["data"]!["detail"]);
    }

    private void Publish()
    {
        var template = Host.Url + "/{tenantid}/v2.0";
        Host.Publish("/organizations/v2.0", template, ("shared-key", template), ("plain-key", null), ("second-key", $"{Host.Url}/{SecondTenant}/v2.0"));
        Host.Publish($"/{Tenant}", $"https://sts.windows.net/{Tenant}/", ("v1-key", $"https://sts.windows.net/{Tenant}/"), ("v2-key", template));
        Host.Publish($"/{SingleTenant}/v2.0", IssuerOf("single"), ("single-key", IssuerOf("single")));
        Host.Publish("", Host.Url, ("google-key", null));
        foreach (var alias in new[] { "ping", "oidc", "oktadir", "oktaplain", "oktalimited" })
            Host.Publish("/" + alias, IssuerOf(alias), ($"{alias}-key", null), ("foreign-key", "https://elsewhere.example"));
    }

    private string Catalog(string catalog)
    {
        string[] aliases = ["multi", "single", "google", "ping", "oidc", "oktadir", "oktaplain", "oktalimited"];
        return catalog
            .Replace("idps:\n", $$$"""
                idps:
                  multi: {issuer: "{{{Host.Url}}}/{tenantid}/v2.0", kind: entra, tenants: [{{{Tenant}}}, {{{SecondTenant}}}], entraV1: true, groupsClaim: groups}
                  single: {issuer: "{{{IssuerOf("single")}}}", kind: entra, groupsClaim: groups, emailDomains: [acme.example], groupDirectory: {kind: graph, baseUrl: "{{{Host.Url}}}", clientId: our-app}}
                  google: {issuer: "{{{Host.Url}}}", kind: google, hostedDomains: [acme.example]}
                  ping: {issuer: "{{{IssuerOf("ping")}}}", kind: ping, groupsClaim: groups}
                  oidc: {issuer: "{{{IssuerOf("oidc")}}}", groupsClaim: groups}
                  oktadir: {issuer: "{{{IssuerOf("oktadir")}}}", kind: okta, groupsClaim: groups, groupDirectory: {kind: okta}}
                  oktaplain: {issuer: "{{{IssuerOf("oktaplain")}}}", kind: okta, groupsClaim: groups}
                  oktalimited: {issuer: "{{{IssuerOf("oktalimited")}}}", kind: okta, groupDirectory: {kind: okta}}

                """, StringComparison.Ordinal)
            .Replace("\ngroups:\n", "\ngroups:\n" + string.Concat(aliases.Where(alias => alias is not "google").Select(alias => $"  {alias}-eng: {{idp: {alias}, id: g-eng}}\n")), StringComparison.Ordinal)
            .Replace(Clients, Clients[..^1] + string.Concat(aliases.Select(alias => $", {alias}: [agent-there]")) + "}", StringComparison.Ordinal)
            .Replace("authorizationServers:\n", """
                authorizationServers:
                  open: {issuer: "https://open.example", clientIds: {agent: x}}
                  members: {issuer: "https://members.example", clientIds: {agent: x}}
                  mail: {issuer: "https://mail.example", clientIds: {agent: x}, subject: email}

                """, StringComparison.Ordinal)
            + "\n" + string.Join('\n', new[] { "open", "members", "mail" }.Select(place => $"  {place}-mcp: {{as: {place}, uri: \"https://mcp.{place}.example/\", scopes: [read]}}")) + "\n";
    }

    private const string Policy =
        """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: providers, owner: iam@acme.example}
        rules:
          - id: all-in
            effect: allow
            why: Everybody, to see who is let in at all
            who: {everyone: true}
            client: {ids: [agent]}
            grant: {open-mcp: [read], mail-mcp: [read]}
          - id: members
            effect: allow
            why: Engineers only
            who: {groups: {anyOf: [multi-eng, single-eng, ping-eng, oidc-eng, oktadir-eng, oktaplain-eng, oktalimited-eng]}}
            client: {ids: [agent]}
            grant: {members-mcp: [read]}
        """;
}
