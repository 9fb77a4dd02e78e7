using System.Text.Json.Nodes;
using IdJagBroker.Tests.Storage;

namespace IdJagBroker.Tests.Audit.Catalogue;

/// <summary>
/// The catalogue of events, and the check that <see cref="BrokerFixture"/> makes of every event that a broker in these tests wrote: here, that the
/// check finds what it is for.
/// </summary>
public sealed class EventCatalogueTests(BrokerFixture broker, BrokerPostgres postgres) : IClassFixture<BrokerFixture>
{
    [Fact]
    public async Task A_line_of_the_log_is_as_the_catalogue_says_and_any_change_of_it_is_not()
    {
        var line = await LineAsync();
        Assert.Empty(EventCatalogue.Faults(line));

        Assert.Contains("is not in canonical form", EventCatalogue.Faults(line.Replace("\"v\":1", "\"v\": 1", StringComparison.Ordinal)));
        string Changed(Action<JsonNode> change)
        {
            var e = JsonNode.Parse(line)!;
            change(e);
            return string.Join('\n', EventCatalogue.Faults(e.ToJsonString()));
        }
        Assert.Contains("'idjag.invented' has no schema", Changed(e => e["type"] = "idjag.invented"), StringComparison.Ordinal);
        Assert.Contains(": email is not in the catalogue", Changed(e => e["email"] = "ana@acme.example"), StringComparison.Ordinal);
        Assert.Contains("/data/claims: email is not in the catalogue", Changed(e => e["data"]!["claims"]!["email"] = "ana@acme.example"), StringComparison.Ordinal);
        Assert.Contains(": node is missing", Changed(e => e.AsObject().Remove("node")), StringComparison.Ordinal);
        Assert.Contains("/subject_key: '00u-ana' does not match", Changed(e => e["subject_key"] = "00u-ana"), StringComparison.Ordinal);
        Assert.Contains("/ip_net: '198.51.100.7' does not match", Changed(e => e["ip_net"] = "198.51.100.7"), StringComparison.Ordinal);
        Assert.Contains("/outcome: 'fine' is none of", Changed(e => e["outcome"] = "fine"), StringComparison.Ordinal);
        Assert.Contains("/seq: is less than 0", Changed(e => e["seq"] = -1), StringComparison.Ordinal);
        Assert.Contains("/data/rules: has fewer than 1 items", Changed(e => e["data"]!["rules"] = new JsonArray()), StringComparison.Ordinal);
        Assert.Contains("/data/facts/dpop: is string, not boolean", Changed(e => e["data"]!["facts"]!["dpop"] = "yes"), StringComparison.Ordinal);
        Assert.Contains("/v: is not 1", Changed(e => e["v"] = 2), StringComparison.Ordinal);
        Assert.Contains("/ua: is longer than 256", Changed(e => e["ua"] = new string('x', 257)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_broker_writes_past_the_catalogue_fails_the_tests_of_that_broker()
    {
        await EventCatalogue.CheckAsync(broker.ConnectionString);
        var another = await postgres.CreateDatabaseAsync();
        var line = (await LineAsync()).Replace("\"idjag.issued\"", "\"idjag.invented\"", StringComparison.Ordinal);
        await Sql.ExecuteAsync(another, 
            $"insert into audit_event (seq, recorded_at, id, type, outcome, leaf, event) values (0, now(), gen_random_uuid(), 'x', 'ok', sha256('x'), '{line.Replace("'", "''", StringComparison.Ordinal)}'); select 1");

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => EventCatalogue.CheckAsync(another));
    }

    [Theory]
    [InlineData("""{"type": "string", "patern": "^x$"}""")]
    [InlineData("""{"type": "strng"}""")]
    [InlineData("""{"pattern": "^x$"}""")]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "string"}}}""")]
    [InlineData("""{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"], "additionalProperties": false}""")]
    [InlineData("""{"type": "array", "items": {"type": "string", "format": "uri"}}""")]
    public void A_schema_that_says_what_nobody_checks_is_refused(string schema) => Assert.Throws<FormatException>(() => JsonSchema.Parse(schema));

    [Fact]
    public void Every_schema_has_the_name_of_its_type_and_says_what_happened() => Assert.All(Directory.GetFiles(EventCatalogue.Folder, "*.json"), path =>
    {
        var schema = JsonNode.Parse(File.ReadAllText(path))!;
        Assert.Equal("urn:idjag:event:audit/1:" + Path.GetFileNameWithoutExtension(path), (string?)schema["$id"]);
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        Assert.NotEmpty((string?)schema["title"] ?? "");
        Assert.NotEmpty((string?)schema["description"] ?? "");
    });

    private async Task<string> LineAsync()
    {
        var jti = (string)(await broker.Token.ExchangeAsync()).IsGranted().IdJag["jti"]!;
        Assert.Single(await broker.AuditAsync($"jti={jti}"));       // it has its place by now
        return await Sql.ScalarAsync<string>(broker.ConnectionString, $"select event from audit_event where jti = '{jti}'");
    }
}
