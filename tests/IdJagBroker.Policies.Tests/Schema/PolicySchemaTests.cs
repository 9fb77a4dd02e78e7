using IdJagBroker.Policies.Schema;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Schema;

/// <summary>The JSON Schema takes what the parser takes (<see cref="Acme.Load"/> asks it about every good text of these tests) and refuses what a form can show.</summary>
public sealed class PolicySchemaTests
{
    private const string Deny = "  - {id: no, effect: deny, why: w, who: {everyone: true}}\n";

    [Fact]
    public void Is_the_file_of_the_repository() =>
        Assert.Equal(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "schemas", "broker-v1.schema.json")), PolicySchema.Text);     // idjag policy schema > schemas/broker-v1.schema.json

    [Fact]
    public void Takes_all_shipped_files_and_they_name_it()
    {
        foreach (var file in Directory.GetFiles(PolicyFolderFixture.Shipped(), "*.yaml"))
        {
            var text = File.ReadAllText(file);
            Assert.Empty(SchemaCheck.Faults(text));
            Assert.StartsWith("# yaml-language-server: $schema=../schemas/broker-v1.schema.json\n", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("effect: allow", "effect: permit")]
    [InlineData("effect: allow", "effect: [allow]")]
    [InlineData("    why: Engineers read\n", "")]
    [InlineData("id: eng-read", "id: 12")]
    [InlineData("id: eng-read", "id: \"eng read\"")]
    [InlineData("why: Engineers read", "why:")]
    [InlineData("why: Engineers read", "why: \"\"")]
    [InlineData("    who: {groups: {anyOf: [eng]}}\n", "")]
    [InlineData("    client: {ids: [claude, vscode]}\n", "")]
    [InlineData("    grant: {wiki: [doc:read], code: [repo:read]}\n", "")]
    [InlineData("    grant", "    target: {resources: [code]}\n    grant")]
    [InlineData("    grant", "    scopes: [admin]\n    grant")]
    [InlineData("    grant", "    unless: {dpop: true}\n    grant")]
    [InlineData("    grant", "    conditions: {}\n    grant")]
    [InlineData("    grant", "    mode: trial\n    grant")]
    [InlineData("    grant", "    require: {}\n    grant")]
    [InlineData("    grant", "    require: {dpop: false}\n    grant")]
    [InlineData("    grant", "    require: {auth: {}}\n    grant")]
    [InlineData("    grant", "    require: {auth: {maxAge: soon}}\n    grant")]
    [InlineData("    grant", "    require: {auth: {acrNoneOf: [x], maxAge: 1h}}\n    grant")]
    [InlineData("    grant", "    require: {network: {cidrAnyOf: [here]}}\n    grant")]
    [InlineData("    grant", "    require: {clientAuth: none}\n    grant")]
    [InlineData("    grant", "    during: {tz: UTC}\n    grant")]
    [InlineData("    grant", "    during: {days: [monday], tz: UTC}\n    grant")]
    [InlineData("    grant", "    during: {from: \"24:00\", to: \"07:00\", tz: UTC}\n    grant")]
    [InlineData("    grant", "    during: {from: \"07:00\", tz: UTC}\n    grant")]
    [InlineData("    grant", "    validity: {}\n    grant")]
    [InlineData("    grant", "    validity: {until: 2026-12-01}\n    grant")]
    [InlineData("    grant", "    emergency: true\n    grant")]
    [InlineData("    grant", "    limits: {}\n    grant")]
    [InlineData("    grant", "    limits: {maxTokenLifetime: 300}\n    grant")]
    [InlineData("    grant", "    limits: {ratePerSubject: many}\n    grant")]
    [InlineData("    grant", "    notify: []\n    grant")]
    [InlineData("{groups: {anyOf: [eng]}}", "{}")]
    [InlineData("{groups: {anyOf: [eng]}}", "everyone")]
    [InlineData("{groups: {anyOf: [eng]}}", "{everyone: false}")]
    [InlineData("{groups: {anyOf: [eng]}}", "{everyone: true, idps: [okta]}")]
    [InlineData("{groups: {anyOf: [eng]}}", "{groups: [eng]}")]
    [InlineData("{groups: {anyOf: [eng]}}", "{subjects: [\"okta:ana\"]}")]
    [InlineData("anyOf: [eng]", "anyOf: []")]
    [InlineData("anyOf: [eng]", "anyOf: eng")]
    [InlineData("anyOf: [eng]", "anyOf: [eng, eng]")]
    [InlineData("anyOf: [eng]", "anyOf: [true]")]
    [InlineData("{ids: [claude, vscode]}", "{}")]
    [InlineData("{ids: [claude, vscode]}", "{every: true, trust: [vendor]}")]
    [InlineData("{ids: [claude, vscode]}", "{ids: {allOf: [claude]}}")]
    [InlineData("{ids: [claude, vscode]}", "{trust: [partner]}")]
    [InlineData("{wiki: [doc:read], code: [repo:read]}", "{}")]
    [InlineData("{wiki: [doc:read], code: [repo:read]}", "[doc:read]")]
    [InlineData("[doc:read]", "[]")]
    public void Refuses_what_the_parser_refuses_in_an_allow_rule(string was, string becomes) => Both(Acme.PolicyHead + Change(Acme.Rule, was, becomes));

    [Theory]
    [InlineData("grant: {wiki: [doc:read]}")]
    [InlineData("limits: {maxTokenLifetime: 1m}")]
    [InlineData("require: {dpop: true}")]
    [InlineData("emergency: true")]
    [InlineData("notify: [x]")]
    [InlineData("target: {}")]
    [InlineData("target: {tags: {}}")]
    [InlineData("target: {tags: [prod]}")]
    [InlineData("scopes: [\"*\"]")]
    [InlineData("scopes: [\"re*ad\"]")]
    [InlineData("scopes: [\"*a*\"]")]
    public void Refuses_what_the_parser_refuses_in_a_deny_rule(string field) => Both(Acme.PolicyHead + Change(Deny, "}}\n", "}, " + field + "}\n"));

    [Theory]
    [InlineData("apiVersion: broker/v1", "apiVersion: broker/v2")]
    [InlineData("apiVersion: broker/v1\n", "")]
    [InlineData("kind: Policy", "kind: Polices")]
    [InlineData("kind: Policy\n", "")]
    [InlineData("metadata: {name: rules, owner: iam@acme.example}\n", "")]
    [InlineData(", owner: iam@acme.example", "")]
    [InlineData("owner: iam@acme.example", "team: x, owner: o")]
    [InlineData("kind: Policy", "kind: Policy\nexceptions: []")]
    [InlineData("kind: Policy", "kind: Policy\nlimits: {maxTokenLifetime: 1m, ratePerSubject: 1/1m}")]
    [InlineData("who: {groups: {anyOf: [eng]}}\n    ", "", "allow", "deny")]
    [InlineData("rules:\n", "rules: {}\nx:\n")]
    public void Refuses_what_the_parser_refuses_in_a_document(string was, string becomes, string alsoWas = "why", string alsoBecomes = "why") =>
        Both(Change(Change(Acme.PolicyHead + Acme.Rule, was, becomes), alsoWas, alsoBecomes));

    [Theory]
    [InlineData("groupsClaim: groups}", "groupsClaim: [groups]}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, kind: azure}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, tenants: [11111111-2222-3333-4444-555555555555]}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, kind: entra, tenants: [acme]}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, kind: google}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, hostedDomains: [a.example]}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, algorithms: [HS256]}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, maxSignInAge: 12}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, groupDirectory: {kind: graph}}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, groupDirectory: {kind: okta, clientId: x}}")]
    [InlineData("issuer: \"https://acme.okta.com\", ", "")]
    [InlineData("\"https://acme.okta.com\"", "acme.okta.com")]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta}")]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: 00g-ctr")]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "ctr: {idp: okta, id: 007}")]
    [InlineData("ctr: {idp: okta, id: 00g-ctr}", "\"c t r\": {idp: okta, id: x}")]
    [InlineData("auth: client_secret", "auth: none")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, signIn: {}}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x, scopes: [profile]}}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x, auth: none}}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x, recheckAfter: soon}}")]
    [InlineData("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x, secret: y}}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {redirectUris: []}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {redirectUris: [\"http://a.example/cb\"]}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {redirectUris: [\"javascript:alert(1)\"]}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {redirectUris: [\"https://a.example/*\"]}")]
    [InlineData("auth: client_secret", "auth: client_secret, signIn: {redirectUris: [\"https://a.example/#x\"]}")]
    [InlineData("auth: client_secret", "auth: none, secretHashes: [x], signIn: {redirectUris: [\"https://a.example/cb\"]}")]
    [InlineData("auth: client_secret", "auth: none, subjectTokenAudiences: {okta: [x]}, signIn: {redirectUris: [\"https://a.example/cb\"]}")]
    [InlineData("clientIds: [id-vscode], auth: client_secret", "registration: database, auth: none, signIn: {redirectUris: [\"https://a.example/cb\"]}")]
    [InlineData("clientIds: [id-vscode], auth: client_secret", "registration: metadata_document, documents: [\"https://a.example/c\"], auth: none, signIn: {redirectUris: [\"https://a.example/cb\"]}")]
    [InlineData("auth: client_secret", "auth: client_secret, dpop: yes")]
    [InlineData("auth: client_secret", "auth: client_secret, enabled: \"true\"")]
    [InlineData("auth: client_secret", "auth: client_secret, jwks: {keys: [{kty: x}]}")]
    [InlineData("auth: client_secret", "auth: client_secret, jwksUri: \"https://k.example/j\"")]
    [InlineData("auth: client_secret", "auth: client_secret, secretHashes: [my-secret]")]
    [InlineData("auth: client_secret", "auth: client_secret, redirectUris: [x]")]
    [InlineData("auth: client_secret", "auth: client_secret, registration: database")]
    [InlineData("auth: client_secret", "auth: client_secret, registration: file")]
    [InlineData("auth: client_secret", "auth: client_secret, documents: [\"https://a.example/c\"]")]
    [InlineData("[id-claude], auth: private_key_jwt", "[id-claude], auth: private_key_jwt, secretHashes: [x]")]
    [InlineData("[id-claude], auth: private_key_jwt", "[id-claude], auth: private_key_jwt, jwks: {keys: [{kty: oct, k: x}]}")]
    [InlineData("[id-claude], auth: private_key_jwt", "[id-claude], auth: private_key_jwt, jwks: {keys: [{kty: EC}]}, jwksUri: \"https://k.example/j\"")]
    [InlineData("clientIds: [id-claude], auth: private_key_jwt", "auth: private_key_jwt, registration: metadata_document")]
    [InlineData("clientIds: [id-claude], ", "")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "clientIds: {claude: {sameAsHere: false}}}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "clientIds: {claude: [ac-cl]}}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "subject: upstream-sub}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "subject: \"claim:\"}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "claims: [nonsense]}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "algorithm: HS256}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "resourceParameter: never}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "audSub: {ana: x}}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "audSub: {\"okta|ana\": x}, audSubClaim: y}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "receipts: {}}")]
    [InlineData("clientIds: {claude: ac-cl, vscode: ac-vs}}", "requireAcr: [\"a b\"]}")]
    [InlineData("scopes: [mail:read]", "scopes: []")]
    [InlineData("scopes: [mail:read]", "scopes: mail:read")]
    [InlineData("scopes: [mail:read]", "scopes: [\"mail:*\"]")]
    [InlineData("scopes: [mail:read]", "scopes: [mail:read], scopeMode: all")]
    [InlineData("scopes: [mail:read]", "scopes: [mail:read], owner: me")]
    [InlineData("\"https://mail.other.example/\"", "\"https://mail.other.example/#x\"")]
    [InlineData("resources:\n", "administrators:\n  a: {clientIds: [x], auth: client_secret, scopes: [everything]}\nresources:\n")]
    [InlineData("resources:\n", "administrators:\n  a: {clientIds: [x], auth: client_secret}\nresources:\n")]
    [InlineData("resources:\n", "administrators:\n  a: {clientIds: [x], auth: client_secret, scopes: [audit.read], jwksUri: \"https://k.example/j\"}\nresources:\n")]
    public void Refuses_what_the_parser_refuses_in_a_catalogue(string was, string becomes)
    {
        var text = Change(Acme.Catalog, was, becomes);
        Assert.Null(Acme.LoadRules(Acme.Rule, text).Snapshot);
        Assert.NotEmpty(SchemaCheck.Faults(text));
    }

    [Theory]
    [InlineData("tests: [{name: a, ask: {subject: a, client: b, resource: c, scopes: [d]}, expect: {outcome: allow}}]", true)]
    [InlineData("tests: [{name: a, now: 2026-11-18T09:00:00Z, live: true, ask: {subject: a, client: b, resource: [c, d], scopes: [d], ip: \"::1\", dpop: true, resourceNamed: false}, expect: {outcome: deny, reason: AUTH_TOO_OLD, challenge: {max_age: 3600}}}]", true)]
    [InlineData("subjects: {a: {idp: okta, overage: true, acr: phr, amr: [mfa], claims: {dept: [x], managed: true}}}\ninvariants: [{name: a, always: {lifetimeAtMost: 5m}}]", true)]
    [InlineData("now: 2026-11-18T09:00:00Z", false)]
    [InlineData("tests: [{name: a, ask: {subject: a, client: b, resource: c}, expect: {outcome: allow}}]", false)]
    [InlineData("tests: [{name: a, ask: {subject: a, client: b, resource: c, scopes: [d]}, expect: {outcome: maybe}}]", false)]
    [InlineData("tests: [{name: a, ask: {subject: a, client: b, resource: c, scopes: [d]}, expect: {outcome: deny, reason: BECAUSE}}]", false)]
    [InlineData("tests: [{name: a, ask: {subject: a, client: b, resource: c, scopes: [d]}, expect: {outcome: allow, reason: AUTH_TOO_OLD}}]", false)]
    [InlineData("subjects: {a: {groups: [eng]}}\ninvariants: [{name: a, always: {lifetimeAtMost: 5m}}]", false)]
    [InlineData("invariants: [{name: a}]", false)]
    [InlineData("invariants: [{name: a, never: {}}]", false)]
    [InlineData("invariants: [{name: a, never: {scopes: [x]}, always: {lifetimeAtMost: 5m}}]", false)]
    public void Knows_tests(string body, bool isValid) =>
        Assert.Equal(isValid, SchemaCheck.Faults("apiVersion: broker/v1\nkind: Tests\nmetadata: {name: t}\n" + body + "\n").Count is 0);

    private static void Both(string text)
    {
        var load = Acme.Load(("00.yaml", Acme.Catalog), ("10.yaml", text));
        Assert.True(load.Snapshot is null, "the parser takes it");
        Assert.DoesNotContain(load.Diagnostics, found => found.Code is PolicyDiagnosticCode.YamlSyntax);
        Assert.NotEmpty(SchemaCheck.Faults(text));
    }

    private static string Change(string text, string was, string becomes)
    {
        Assert.Contains(was, text, StringComparison.Ordinal);
        return text.Replace(was, becomes, StringComparison.Ordinal);
    }
}
