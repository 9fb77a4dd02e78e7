using System.Text.Json;
using IdJagBroker.Audit.Proof;
using IdJagBroker.Policies.Decisions;

namespace IdJagBroker.PastDecisions;

/// <summary>A decision as its event has it: what was asked, what was known, and what came of it.</summary>
internal sealed class RecordedDecision
{
    private static readonly HashSet<string> PolicyReasons = [.. Enum.GetValues<PolicyReason>().Select(reason => reason.Code())];

    public Guid Id { get; private set; }
    public DateTimeOffset At { get; private set; }
    public string Type { get; private set; } = "";
    public string? Client { get; private set; }
    public string? SubjectKey { get; private set; }
    public string? AuthServer { get; private set; }
    public string[] Resources { get; private set; } = [];
    public string? Network { get; private set; }
    public string? Revision { get; private set; }
    public string? Reason { get; private set; }
    public string? Upstream { get; private set; }
    public string? Tenant { get; private set; }
    public string? Acr { get; private set; }
    public string[] Acrs { get; private set; } = [];
    public string[] Amr { get; private set; } = [];
    public long? SignInAge { get; private set; }
    public bool Dpop { get; private set; }
    public bool Overage { get; private set; }
    public string[] Groups { get; private set; } = [];
    public string? HashKey { get; private set; }
    public Dictionary<string, string[]> Claims => field ??= new(StringComparer.Ordinal);
    public bool HasClaims { get; private set; }
    public bool ResourceNamed { get; private set; }
    public string[] RequestedResources { get; private set; } = [];
    public string? RequestedScope { get; private set; }
    public string? GrantedScope { get; private set; }
    public string[] Rules { get; private set; } = [];
    public string? NearestRule { get; private set; }
    public bool BreakGlass { get; private set; }

    /// <summary>Whether the policy was asked: a request that failed before tells nothing about it.</summary>
    public bool IsOfPolicy => SignInAge is not null && Client is not null && Upstream is not null;

    /// <summary>Whether the policy granted it. What was refused afterwards (a sign-in too weak for the server, a lock) was granted by the policy.</summary>
    public bool Allowed => Type is "idjag.issued" || !(PolicyReasons.Contains(Reason ?? "") && (NearestRule is not null || Reason is not ("AUTH_TOO_WEAK" or "AUTH_TOO_OLD")));

    /// <summary>Reads a line of the log; null if it is of another kind.</summary>
    /// <param name="line">The line.</param>
    /// <param name="words">The words of lines before it; null: it is the only one.</param>
    public static RecordedDecision? Read(ReadOnlySpan<byte> line, LogWords? words = null)
    {
        words ??= new LogWords();
        var past = new RecordedDecision();
        var json = new Utf8JsonReader(line);
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            if (name.SequenceEqual("client"u8)) past.Client = words.Text(ref json);
            else if (name.SequenceEqual("authserver"u8)) past.AuthServer = words.Text(ref json);
            else if (name.SequenceEqual("id"u8)) { json.Read(); past.Id = json.GetGuid(); }
            else if (name.SequenceEqual("ip_net"u8)) past.Network = words.Text(ref json);
            else if (name.SequenceEqual("occurred_at"u8)) { json.Read(); past.At = EventTime.TryParse(json.ValueSpan, out var ticks) ? new DateTimeOffset(ticks, TimeSpan.Zero) : default; }
            else if (name.SequenceEqual("policy_rev"u8)) past.Revision = words.Text(ref json);
            else if (name.SequenceEqual("reason"u8)) past.Reason = words.Text(ref json);
            else if (name.SequenceEqual("resource"u8)) past.Resources = words.Texts(ref json, line);
            else if (name.SequenceEqual("subject_key"u8)) past.SubjectKey = words.Text(ref json);
            else if (name.SequenceEqual("type"u8)) past.Type = words.Text(ref json);
            else if (name.SequenceEqual("data"u8)) past.ReadData(ref json, line, words);
            else json.Skip();
        }
        return past.Type is "idjag.issued" or "idjag.denied" ? past : null;
    }

    private void ReadData(ref Utf8JsonReader json, ReadOnlySpan<byte> line, LogWords words)
    {
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            if (name.SequenceEqual("facts"u8)) ReadFacts(ref json, line, words);
            else if (name.SequenceEqual("request"u8)) ReadRequest(ref json, line, words);
            else if (name.SequenceEqual("claims"u8)) GrantedScope = Member(ref json, "scope"u8, words);
            else if (name.SequenceEqual("nearest"u8)) NearestRule = Member(ref json, "rule"u8, words);
            else if (name.SequenceEqual("rules"u8)) Rules = words.Texts(ref json, line);
            else if (name.SequenceEqual("breakglass"u8)) { json.Read(); BreakGlass = json.GetBoolean(); }
            else json.Skip();
        }
    }

    private void ReadFacts(ref Utf8JsonReader json, ReadOnlySpan<byte> line, LogWords words)
    {
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            if (name.SequenceEqual("acr"u8)) Acr = words.Text(ref json);
            else if (name.SequenceEqual("acrs"u8)) Acrs = words.Texts(ref json, line);
            else if (name.SequenceEqual("amr"u8)) Amr = words.Texts(ref json, line);
            else if (name.SequenceEqual("auth_age_s"u8)) { json.Read(); SignInAge = json.GetInt64(); }
            else if (name.SequenceEqual("claims_h"u8)) ReadClaims(ref json, line, words);
            else if (name.SequenceEqual("dpop"u8)) { json.Read(); Dpop = json.GetBoolean(); }
            else if (name.SequenceEqual("groups"u8)) { json.Read(); Overage = true; }
            else if (name.SequenceEqual("groups_h"u8)) Groups = words.Texts(ref json, line);
            else if (name.SequenceEqual("hash_key"u8)) HashKey = words.Text(ref json);
            else if (name.SequenceEqual("resource_named"u8)) { json.Read(); ResourceNamed = json.GetBoolean(); }
            else if (name.SequenceEqual("tenant"u8)) Tenant = words.Text(ref json);
            else if (name.SequenceEqual("upstream"u8)) Upstream = words.Text(ref json);
            else json.Skip();
        }
    }

    private void ReadClaims(ref Utf8JsonReader json, ReadOnlySpan<byte> line, LogWords words)
    {
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var claim = json.GetString()!;
            HasClaims = true;
            Claims[claim] = words.Texts(ref json, line);
        }
    }

    private void ReadRequest(ref Utf8JsonReader json, ReadOnlySpan<byte> line, LogWords words)
    {
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            var name = json.ValueSpan;
            if (name.SequenceEqual("resource"u8)) RequestedResources = words.Texts(ref json, line);
            else if (name.SequenceEqual("scope"u8)) RequestedScope = words.Text(ref json);
            else json.Skip();
        }
    }

    private static string? Member(ref Utf8JsonReader json, ReadOnlySpan<byte> wanted, LogWords words)
    {
        string? found = null;
        json.Read();
        while (json.Read() && json.TokenType is JsonTokenType.PropertyName)
        {
            if (json.ValueSpan.SequenceEqual(wanted)) found = words.Text(ref json);
            else json.Skip();
        }
        return found;
    }
}
