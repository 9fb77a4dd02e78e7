using System.CommandLine;
using System.Globalization;
using System.Net;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using IdJagBroker.Protocol;

namespace IdJagBroker.Policies.Commands;

/// <summary>The facts of a request that nobody made, as options.</summary>
internal sealed class AskedOnCommandLine
{
    private readonly Option<string?> _client = new("--client") { Description = "The client's alias." };
    private readonly Option<string[]> _resources = new("--resource") { Description = "The resource's alias; more than once for several." };
    private readonly Option<string?> _scope = new("--scope") { Description = "What is asked for, with spaces or commas between." };
    private readonly Option<string?> _subject = new("--subject") { Description = "The person, idp|id." };
    private readonly Option<string?> _groups = new("--groups") { Description = "The person's groups, by alias, with commas between." };
    private readonly Option<bool> _overage = new("--overage") { Description = "Not all groups are known." };
    private readonly Option<string?> _tenant = new("--tenant") { Description = "The person's tenant." };
    private readonly Option<string[]> _claims = new("--claim") { Description = "NAME=VALUE of the ID Token; more than once for several." };
    private readonly Option<string?> _acr = new("--acr") { Description = "The authentication contexts that the sign-in met, with commas between." };
    private readonly Option<string?> _amr = new("--amr") { Description = "How the person signed in, with commas between." };
    private readonly Option<string?> _age = new("--auth-age") { Description = "How long ago, such as 10m." };
    private readonly Option<string?> _ip = new("--ip") { Description = "The caller's address." };
    private readonly Option<bool> _dpop = new("--dpop") { Description = "The token will be bound to a key." };
    private readonly Option<string?> _at = new("--at") { Description = "When, such as 2026-12-01T00:00:00Z; otherwise now." };

    public IEnumerable<Option> All => [_client, _resources, _scope, _subject, _groups, _overage, _tenant, _claims, _acr, _amr, _age, _ip, _dpop, _at];

    /// <summary>Whether anything is asked at all.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_client) is not null;

    /// <summary>The facts, or what is wrong with an option.</summary>
    public (PolicyInput? Input, string? Fault) Read(ParseResult parsed, PolicySnapshot snapshot, DateTimeOffset now)
    {
        var catalog = snapshot.Catalog;
        var (client, resources, groups) = (parsed.GetValue(_client)!, parsed.GetValue(_resources) ?? [], List(parsed.GetValue(_groups)));
        if (!catalog.Clients.ContainsKey(client)) return Fault(client, "a client", catalog.Clients.Keys);
        if (resources.Length is 0) return (null, "Give --resource.");
        foreach (var resource in resources)
            if (!catalog.Resources.ContainsKey(resource)) return Fault(resource, "a resource", catalog.Resources.Keys);
        foreach (var group in groups)
            if (!catalog.Groups.ContainsKey(group)) return Fault(group, "a group", catalog.Groups.Keys);
        var scopes = List(parsed.GetValue(_scope)?.Replace(' ', ','));
        if (scopes.Length is 0) scopes = [.. resources.SelectMany(resource => catalog.Resources[resource].DefaultScopes.Scopes).Distinct(StringComparer.Ordinal)];
        if (scopes.Length is 0) return (null, "Give --scope: the resource has no default.");
        TimeSpan? age = null;
        if (parsed.GetValue(_age) is { } text) { if (!YamlValues.TryDuration(text, out var given)) return (null, $"'{text}' is not a duration, such as 10m."); age = given; }
        IPAddress? address = null;
        if (parsed.GetValue(_ip) is { } ip && !IPAddress.TryParse(ip, out address)) return (null, $"'{ip}' is not an address.");
        if (parsed.GetValue(_at) is { } moment && !DateTimeOffset.TryParse(moment, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out now)) return (null, $"'{moment}' is not a time.");
        var subject = parsed.GetValue(_subject);
        return (new PolicyInput
        {
            ClientAlias = client,
            // Somebody whom no rule names, if nobody is named here.
            Subject = subject ?? (catalog.Idps.Count is 1 ? catalog.Idps.Keys.Single() + "|\0" : null),
            Groups = groups.ToHashSet(StringComparer.Ordinal),
            GroupsComplete = !parsed.GetValue(_overage),
            Tenant = parsed.GetValue(_tenant),
            Claims = (parsed.GetValue(_claims) ?? []).Select(claim => claim.Split('=', 2)).Where(claim => claim.Length is 2).GroupBy(claim => claim[0], StringComparer.Ordinal)
                .ToDictionary(claim => claim.Key, claim => (IReadOnlyList<string>)[.. claim.Select(value => value[1])], StringComparer.Ordinal),
            ResourceAliases = [.. resources],
            ResourceNamed = true,
            Scope = ScopeSet.Of(scopes),
            Acr = List(parsed.GetValue(_acr)),
            Amr = List(parsed.GetValue(_amr)),
            SignInAge = age,
            Dpop = parsed.GetValue(_dpop),
            Network = address is null ? null : new IPNetwork(address, address.GetAddressBytes().Length * 8),
            At = now,
        }, null);
    }

    private static string[] List(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static (PolicyInput?, string) Fault(string word, string what, IEnumerable<string> known) =>
        (null, $"{PolicyDiagnostics.Quote(word)} is not {what} of the catalogue{(Spelling.Nearest(word, known) is { } nearest ? $" (did you mean '{nearest}'?)" : "")}");
}
