using System.Text.Json.Nodes;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Schema;
using IdJagBroker.Policies.Testing;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Tests.Policies.Schema;

/// <summary>Parser and schema know the same fields at the same places: what the parser asks for is listened to, and compared.</summary>
public sealed class SchemaFieldsTests
{
    // Each mapping that there is, once. Whether the values are right does not matter here.
    private const string Catalog = """
        apiVersion: broker/v1
        kind: Catalog
        metadata: {name: n, owner: o}
        idps:
          a: {issuer: "https://a.example", policyClaims: [dept], groupDirectory: {kind: okta}, signIn: {clientId: x}}
        groups:
          g: {idp: a, id: x}
        clients:
          c: {clientIds: [c], auth: private_key_jwt, subjectTokenAudiences: {a: [x]}, jwks: {keys: [{kty: EC}]}}
          d: {registration: metadata_document, documents: ["https://d.example/c"], auth: private_key_jwt}
          e: {clientIds: [e], auth: client_secret, signIn: {redirectUris: ["https://e.example/cb"]}}
        administrators:
          m: {clientIds: [m], auth: private_key_jwt, scopes: [audit.read], jwks: {keys: [{kty: EC}]}}
          n: {clientIds: [n], auth: client_secret, scopes: [audit.read]}
        authorizationServers:
          s: {issuer: "https://s.example", clientIds: {d: {sameAsHere: true}}, audSub: {"a|x": y}, receipts: {jwks: {keys: [{kty: EC}]}}}
        resources:
          r: {as: s, uri: "https://r.example", scopes: [x]}
        """;

    private const string Rules = """
        apiVersion: broker/v1
        kind: Policy
        metadata: {name: n, owner: o}
        limits: {maxTokenLifetime: 5m}
        rules:
          - id: a
            effect: allow
            why: w
            who: {groups: {anyOf: [g]}, subjects: {noneOf: ["a|x"]}, idps: {anyOf: [a]}, tenants: {anyOf: [t]}, claims: {dept: {anyOf: [x]}}}
            client: {ids: {anyOf: [c]}, trust: {anyOf: [vendor]}, auth: {noneOf: [client_secret]}}
            grant: {r: [x]}
            require: {auth: {maxAge: 1h}, network: {cidrAnyOf: ["10.0.0.0/8"]}, device: {dept: {anyOf: [x]}}}
            during: {days: [mon], tz: UTC}
            validity: {until: 2026-12-01T00:00:00Z}
            limits: {maxTokenLifetime: 5m}
          - id: d
            effect: deny
            why: w
            target: {resources: {anyOf: [r]}, authorizationServers: {anyOf: [s]}, tags: {anyOf: [x]}}
            unless: {auth: {maxAge: 1h}, network: {cidrAnyOf: ["10.0.0.0/8"]}, device: {dept: {anyOf: [x]}}}
        """;

    private const string Tests = """
        apiVersion: broker/v1
        kind: Tests
        metadata: {name: n}
        subjects:
          p: {sub: "a|x", claims: {dept: x}}
        tests:
          - name: a
            ask: {subject: p, client: c, resource: r, scopes: [x]}
            expect: {outcome: allow, challenge: {max_age: 1}, shadow: {outcome: allow}}
        invariants:
          - {name: b, never: {who: {groups: [g]}, client: {ids: [c]}, target: {tags: [x]}}}
          - {name: c, always: {lifetimeAtMost: 5m}}
        """;

    private static readonly JsonObject Schema = JsonNode.Parse(PolicySchema.Text)!.AsObject();

    private readonly SortedDictionary<string, SortedSet<string>> _ofSchema = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ofNames = new(StringComparer.Ordinal);

    [Fact]
    public void Neither_has_a_field_that_the_other_lacks()
    {
        Walk(Schema["$defs"]!["Catalog"]!, "Catalog");
        Walk(Schema["$defs"]!["Policy"]!, "Policy");
        Walk(Schema["$defs"]!["Tests"]!, "Tests");
        var ofParser = Asked();
        Assert.Equal(_ofSchema.Keys, ofParser.Keys);
        foreach (var (place, fields) in _ofSchema) Assert.Equal($"{place}: {string.Join(' ', fields)}", $"{place}: {string.Join(' ', ofParser[place])}");
    }

    private void Walk(JsonNode schema, string place)
    {
        if (schema is not JsonObject words) return;
        if ((string?)words["$ref"] is { } reference) Walk(Schema["$defs"]![reference["#/$defs/".Length..]]!, place);
        foreach (var (name, shape) in words["properties"] as JsonObject ?? [])
        {
            if (shape is not JsonObject field) continue;        // only says that it must not be there
            if (words["additionalProperties"] is JsonValue) (_ofSchema.TryGetValue(place, out var known) ? known : _ofSchema[place] = new(StringComparer.Ordinal)).Add(name);
            Walk(field, $"{place}.{name}");
        }
        if (words["additionalProperties"] is JsonObject any)
        {
            _ofNames.Add(place);
            Walk(any, place + ".*");
        }
        if (words["items"] is { } item) Walk(item, place + "[]");
        foreach (var word in (string[])["then", "else"])
            if (words[word] is { } branch) Walk(branch, place);
    }

    private SortedDictionary<string, SortedSet<string>> Asked()
    {
        var asked = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        List<PolicySource> sources = [new("a.yaml", "a.yaml", Catalog), new("b.yaml", "b.yaml", Rules), new("c_test.yaml", "c_test.yaml", Tests)];
        var places = new Dictionary<(string, int, int), string>();
        foreach (var source in sources)
            foreach (var document in YamlReader.Read(source, new PolicyDiagnostics()))
                Mark(document, (string)((YamlScalar)((YamlMap)document).Entries[1].Value).Value, places);
        var problems = new PolicyDiagnostics
        {
            FieldsRead = (at, names) =>
            {
                var place = places[(at.Source.Name, at.Line, at.Column)];
                (asked.TryGetValue(place, out var known) ? known : asked[place] = new(StringComparer.Ordinal)).UnionWith(names);
            },
        };
        PolicyParser.Parse(sources, "policies", allowLoopbackHttp: false, problems, new List<TestDocument>());
        // Of what has one name, the parser knows allOf only to say that it is not for it.
        foreach (var (place, fields) in asked)
            if (_ofSchema.TryGetValue(place, out var shape) && !shape.Contains("allOf") && fields.Contains("allOf")) fields.Remove("allOf");
        asked["Policy.limits"].Remove("ratePerSubject");      // the same
        return asked;
    }

    private void Mark(YamlNode node, string place, Dictionary<(string, int, int), string> places)
    {
        places[(node.At.Source.Name, node.At.Line, node.At.Column)] = place;
        if (node is YamlMap map)
            foreach (var (key, value) in map.Entries)
                if (value is YamlMap or YamlSequence) Mark(value, _ofNames.Contains(place) ? place + ".*" : $"{place}.{key.Value}", places);
        if (node is YamlSequence list)
            foreach (var item in list.Items)
                if (item is YamlMap) Mark(item, place + "[]", places);
    }
}
