namespace IdJagBroker.Tests.Policies.Mistakes;

/// <summary>A catalogue, rules and tests with every field that there is, all of it right.</summary>
internal static class WholeFiles
{
    private const string Key = "{kty: EC, crv: P-256, x: f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU, y: x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0, kid: k}";
    private const string Hash = "hmac-sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    public const string Catalog = $$$"""
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: whole, owner: iam@acme.example, change: CHG-1}
        idps:
          okta:
            issuer: "https://acme.okta.com"
            kind: okta
            groupsClaim: groups
            groupDirectory: {kind: okta, baseUrl: "https://acme-admin.okta.com"}
            subjectClaim: sub
            policyClaims: [dept, managed]
            privateNetwork: true
            jwksUri: "https://acme.okta.com/keys"
            algorithms: [RS256, ES256]
            maxSignInAge: 12h
            signIn: {clientId: broker, auth: client_secret_post, scopes: [openid, email], name: Okta, recheckAfter: 15m}
            emailDomains: [acme.example]
          entra:
            issuer: "https://login.microsoftonline.com/{tenantid}/v2.0"
            kind: entra
            tenants: [11111111-2222-3333-4444-555555555555]
            entraV1: true
            groupDirectory: {kind: graph, clientId: app, baseUrl: "https://graph.example", securityEnabledOnly: true}
            signIn: {clientId: broker, auth: private_key_jwt}
          google: {issuer: "https://accounts.google.com", kind: google, hostedDomains: [acme.example]}
        groups:
          eng: {idp: okta, id: 00g-eng}
          ctr: {idp: okta, id: 00g-ctr}
          staff: {idp: entra, id: 22222222-2222-3333-4444-555555555555}
        clients:
          claude:
            clientIds: [id-claude]
            auth: private_key_jwt
            jwks: {keys: [{{{Key}}}]}
            dpop: optional
            trust: internal
            subjectTokenAudiences: {okta: [claude-at-okta]}
            signIn: {redirectUris: ["https://claude.example/cb"], postLogoutRedirectUris: ["https://claude.example/bye"], name: Claude, idps: [okta], refreshTokens: false}
            enabled: true
          robot: {clientIds: [id-robot], auth: private_key_jwt, jwksUri: "https://robot.example/keys", privateNetwork: true}
          agent: {clientIds: [id-agent], auth: client_secret, secretHashes: ["{{{Hash}}}"]}
          vscode: {clientIds: [id-vscode], auth: none, dpop: required, signIn: {redirectUris: ["http://127.0.0.1/cb"]}}
          stored: {registration: database, auth: client_secret}
          doc: {registration: metadata_document, documents: ["https://doc.example/client"], documentHosts: [docs.example], auth: private_key_jwt, privateNetwork: true}
        administrators:
          ada: {clientIds: [id-ada], auth: private_key_jwt, jwks: {keys: [{{{Key}}}]}, scopes: [audit.read, policy.write], role: auditor, enabled: true}
          bo: {clientIds: [id-bo], auth: client_secret, secretHashes: ["{{{Hash}}}"], scopes: [keys.read]}
        authorizationServers:
          acme:
            issuer: "https://auth.acme.example"
            audienceAliases: [acme-as]
            clientIds: {claude: ac-claude, doc: {sameAsHere: true}}
            subject: "claim:employee_id"
            maxLifetime: 4m
            algorithm: RS256
            claims: [email, "urn:acme:level"]
            tenant: acme
            audTenant: t-acme
            audSub: {"okta|00u-ana": acc-ana}
            resourceParameter: required
            requireAcr: [phr]
            maxSignInAge: 1h
            receipts: {jwksUri: "https://auth.acme.example/keys", privateNetwork: true}
            enabled: true
          other: {issuer: "https://auth.other.example", subject: email, audSubClaim: account, receipts: {jwks: {keys: [{{{Key}}}]} } }
        resources:
          wiki: {as: acme, uri: "https://wiki.acme.example/mcp", scopes: ["doc:read", "doc:write"], defaultScopes: ["doc:read"], scopeMode: exact, requireAcr: [phr], maxSignInAge: 1h, tags: [work], enabled: true}
          mail: {as: other, uri: "https://mail.other.example/", scopes: ["mail:read"], tags: [prod]}

        """;

    /// <summary>The same for those who do not care how clients prove who they are: importing keys takes longer than all the rest.</summary>
    public static readonly string CatalogWithoutKeys = Catalog
        .Replace($"jwks: {{keys: [{Key}]}}\n", "jwksUri: \"https://claude.example/keys\"\n", StringComparison.Ordinal)
        .Replace($"auth: private_key_jwt, jwks: {{keys: [{Key}]}}", "auth: client_secret", StringComparison.Ordinal)
        .Replace($", receipts: {{jwks: {{keys: [{Key}]}} }}", "", StringComparison.Ordinal);

    public const string Rules = """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: rules, owner: iam@acme.example, change: CHG-1}
        limits: {maxTokenLifetime: 5m}
        rules:
          - id: gives
            effect: allow
            mode: enforce
            why: It is needed
            recordLevel: full
            who:
              groups: {anyOf: [eng], allOf: [ctr], noneOf: [staff]}
              subjects: {noneOf: ["okta|00u-bob"]}
              idps: [okta]
              tenants: [acme]
              claims: {dept: {anyOf: [rd]}}
            client: {ids: [claude], trust: {anyOf: [internal]}, auth: {noneOf: [none]}}
            grant: {wiki: ["doc:read"], mail: ["mail:read"]}
            require:
              auth: {acrAnyOf: [phr], amrAnyOf: [mfa], amrAllOf: [hwk], maxAge: 1h}
              clientAuth: private_key_jwt
              dpop: true
              resource: true
              network: {cidrAnyOf: ["10.0.0.0/8"], cidrNoneOf: ["10.1.0.0/16"]}
              device: {managed: {anyOf: ["true"]}}
            during: {days: [mon, tue], from: "07:00", to: "20:00", tz: Europe/Berlin}
            validity: {from: "2026-12-01T00:00:00Z", until: "2026-12-01T08:00:00Z", ticket: INC-1}
            emergency: true
            limits: {maxTokenLifetime: 2m, ratePerSubject: 10/1m}
            claims: [email]
            notify: [soc]
          - id: takes
            effect: deny
            why: It must not be
            who: {everyone: true}
            client: {every: true}
            target: {resources: [wiki], authorizationServers: {noneOf: [other]}, tags: {anyOf: [work]}}
            scopes: ["doc:write", "*:read"]
            unless: {dpop: true}

        """;

    public const string Tests = """
        apiVersion: broker/v1
        kind: Tests
        metadata: {name: tests, owner: iam@acme.example, change: CHG-1}
        now: "2026-12-01T00:00:00Z"
        subjects:
          ana: {sub: "okta|00u-ana", groups: [eng, ctr], acr: [phr], amr: [mfa, hwk], authAge: 10m, tenant: acme, claims: {dept: [rd], managed: true}}
          bob: {idp: okta, overage: true, acr: pwd, amr: pwd}
        tests:
          - name: gets it
            now: "2026-12-01T01:00:00Z"
            live: true
            ask: {subject: ana, client: claude, resource: [mail], scopes: ["mail:read"], ip: 10.2.0.1, dpop: true, resourceNamed: true}
            expect: {outcome: allow, scopes: ["mail:read"], rules: [gives], lifetime: 2m, shadow: {outcome: deny, reason: DENIED_BY_RULE, rules: [takes]}}
          - name: does not
            ask: {subject: bob, client: claude, resource: wiki, scopes: ["doc:read"]}
            expect: {outcome: deny, reason: AUTH_TOO_OLD, rules: [takes], challenge: {error: insufficient_user_authentication, acr: [phr], amr: [mfa], max_age: 3600}}
        invariants:
          - name: sealed
            never: {who: {groups: [eng], noGroups: [ctr], subjects: ["okta|00u-eve"]}, client: {ids: [claude], notIds: [vscode], trust: [internal]}, target: {resources: [wiki], tags: [work]}, scopes: ["*:write"]}
          - name: short
            always: {lifetimeAtMost: 5m}

        """;
}
