using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using IdJagBroker.Audit.Proof;
using Npgsql;

namespace IdJagBroker.Audit.Api;

/// <summary>
/// Every condition of a filter as SQL, by parameter. What has a column is compared there; the rest is looked for in the line, first as the
/// text that it must contain, and only where that is there by its place in the JSON.
/// </summary>
internal sealed class EventConditions(ResolvedFilter resolved)
{
    private readonly EventFilter _filter = resolved.Filter;

    public List<NpgsqlParameter> Parameters { get; } = [];

    /// <summary>Adds a value; gives its place.</summary>
    public string Value(object value)
    {
        Parameters.Add(new() { Value = value is DateTimeOffset time ? time.UtcDateTime : value });
        return string.Create(CultureInfo.InvariantCulture, $"${Parameters.Count}");
    }

    /// <summary>The conditions of every parameter that was given, but for those.</summary>
    public IEnumerable<string> Except(params IReadOnlyList<string> parameters) =>
        _filter.Given.Where(given => !parameters.Contains(given.Parameter)).Select(given => Of(given.Parameter));

    private string Of(string parameter) => parameter switch
    {
        "type" => Types(),
        "outcome" => Any("outcome", _filter["outcome"]),
        "reason" => $"({Any("reason", _filter["reason"])} and outcome <> 'ok')",
        "client" => Any("client", _filter["client"]),
        "authserver" => Any("authserver", resolved.AuthServers),
        "resource" => $"resource && {Value(resolved.Resources.ToArray())}",
        "subject" => Any("subject_key", resolved.Subjects),
        "jti" => Any("jti", _filter["jti"]),
        "decision_id" => $"id = any({Value(_filter["decision_id"].Select(id => Guid.Parse(id, CultureInfo.InvariantCulture)).ToArray())})",
        "kid" => Any("kid", _filter["kid"]),
        "breakglass" => "breakglass",
        "policy_rev" => Either("policy_rev", value => Member("policy_rev", value, "event::json ->> 'policy_rev'")),
        "trace_id" => Either("trace_id", value => Member("trace_id", value, "event::json ->> 'trace_id'")),
        "actor" => Either("actor", value => Member("key", value, "event::json #>> '{actor,key}'")),
        "rule" => Either("rule", Rule),
        "ip" => Either("ip", InNetwork),
        "q" => Either("q", value => $"strpos(event, {Value(InJson(value)[1..^1])}) > 0"),
        _ => throw new ArgumentOutOfRangeException(nameof(parameter), parameter, "There is no such filter."),
    };

    private string Any(string column, IReadOnlyList<string> values) =>
        values is [var only] ? $"{column} = {Value(only)}" : $"{column} = any({Value(values.ToArray())})";

    private string Types()
    {
        var exact = _filter["type"].Where(type => !EventTypes.IsPattern(type)).ToArray();
        var conditions = _filter["type"].Where(EventTypes.IsPattern).Select(pattern => $"starts_with(type, {Value(pattern[..^1])})");
        return $"({string.Join(" or ", exact.Length > 0 ? conditions.Prepend(Any("type", exact)) : conditions)})";
    }

    private string Either(string parameter, Func<string, string> condition) => $"({string.Join(" or ", _filter[parameter].Select(condition))})";

    // Parsing costs a hundred times what finding does.
    private string Member(string name, string value, string path) =>
        $"case when strpos(event, {Value($"\"{name}\":{InJson(value)}")}) > 0 then {path} = {Value(value)} else false end";

    // A decision names the rules that made it; a change of policy names those that it is about, wherever its data has them.
    private string Rule(string rule) =>
        $"case when strpos(event, {Value(InJson(rule))}) > 0 then jsonb_path_exists(event::jsonb -> 'data', '$.** ? (@.rules[*] == $r || (@.rule.type() == \"string\" && @.rule == $r))', jsonb_build_object('r', {Value(rule)}::text)) else false end";

    // The log keeps networks, so an address is in the network of which it is.
    private string InNetwork(string text) =>
        $"case when strpos(event, '\"ip_net\":\"') > 0 then (event::json ->> 'ip_net')::inet && {Value(IPNetwork.TryParse(text, out var network) ? network.ToString() : IPAddress.Parse(text).ToString())}::inet else false end";

    private static string InJson(string text)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new CanonicalJsonWriter(buffer).String(text);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
