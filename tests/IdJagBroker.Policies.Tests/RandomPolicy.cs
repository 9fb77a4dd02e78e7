using System.Collections.Frozen;
using System.Net;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests.Policies;

/// <summary>Rules as nobody would write them, with every condition that there is.</summary>
internal static class RandomPolicy
{
    public static readonly string[] Groups = ["eng", "ctr", "fin"];
    public static readonly string[] Clients = ["claude", "vscode"];     // one that signs, and a public one
    public static readonly string[] Subjects = ["okta|ana", "okta|bob"];
    public static readonly Catalog Catalog = Acme.Snapshot(Acme.Rule, Acme.Catalog
        .Replace("groupsClaim: groups}", "groupsClaim: groups, signIn: {clientId: x}}", StringComparison.Ordinal)
        .Replace("auth: client_secret}", "auth: none, signIn: {redirectUris: [\"http://127.0.0.1/cb\"]}}", StringComparison.Ordinal)).Catalog;

    public static List<PolicyRule> Rules(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 8)).Select(i => Rule(random, $"r{i}", random.Next(10) < 7 ? PolicyEffect.Allow : PolicyEffect.Deny))];

    public static PolicyRule Rule(Random random, string id, PolicyEffect effect)
    {
        IReadOnlyList<string>? Some(string[] from, int odds) =>
            random.Next(odds) is 0 ? [.. random.GetItems(from, random.Next(1, from.Length + 1)).Distinct()] : null;
        SetCondition? Set(string[] from, int odds, bool all = false) =>
            random.Next(odds) is not 0 ? null
            : new SetCondition(Some(from, 2)?.ToFrozen(), all ? Some(from, 4)?.ToFrozen() : null, Some(from, 3)?.ToFrozen()) is { AnyOf: null, AllOf: null, NoneOf: null } ? new SetCondition(Some(from, 1)!.ToFrozen())
            : new SetCondition(Some(from, 2)?.ToFrozen(), all ? Some(from, 4)?.ToFrozen() : null, Some(from, 1)!.ToFrozen());
        FrozenDictionary<string, SetCondition> ByClaim(string claim, int odds) =>
            (Set(["x", "y"], odds) is { } one ? new Dictionary<string, SetCondition> { [claim] = one } : []).ToFrozenDictionary();
        var who = new PolicyWho
        {
            Groups = Set(Groups, 2, all: true), Subjects = Set(Subjects, 5), Idps = Set(["okta", "entra"], 9), Tenants = Set(["t1", "t2"], 9), Claims = ByClaim("dept", 9),
        };
        var requirement = random.Next(3) > 0 ? null : new PolicyRequirement
        {
            AcrAnyOf = [.. Some(["phr", "c1"], 3) ?? []], AmrAnyOf = [.. Some(["mfa", "pwd"], 4) ?? []], AmrAllOf = [.. Some(["mfa", "pwd"], 6) ?? []],
            MaxAge = random.Next(4) is 0 ? TimeSpan.FromMinutes(random.Next(1, 90)) : null, ClientAuth = random.Next(6) is 0 ? (ClientAuth)random.Next(2) : null,
            Dpop = random.Next(6) is 0, Resource = random.Next(6) is 0,
            CidrAnyOf = [.. (Some(["10.0.0.0/8", "203.0.113.0/24"], 5) ?? []).Select(text => IPNetwork.Parse(text))], CidrNoneOf = [.. (Some(["10.1.0.0/16", "198.51.100.0/24"], 6) ?? []).Select(text => IPNetwork.Parse(text))],
            Device = ByClaim("managed", 8),
        };
        var rule = new PolicyRule
        {
            Id = id, Effect = effect, Why = "w", File = "f", Line = 1, Who = who, Requirement = requirement,
            Client = random.Next(2) is 0 ? new PolicyClients { Ids = Set(Clients, 1), Trust = Set(["vendor", "internal"], 6), Auth = Set(["client_secret", "private_key_jwt", "none"], 6) } : null,
            Validity = random.Next(6) is 0 ? new PolicyValidity(Acme.Now.AddHours(random.Next(-3, 3)), Acme.Now.AddHours(random.Next(3, 6)), null) : null,
            During = random.Next(6) is 0 ? new PolicyHours(random.Next(1, 128), random.Next(0, 600), random.Next(600, 1440), TimeZoneInfo.Utc) : null,
        };
        if (effect is PolicyEffect.Deny)
        {
            return rule with
            {
                Target = random.Next(2) is 0 ? null : new PolicyTarget { Resources = Set(["wiki", "code"], 2), AuthorizationServers = Set(["acme", "other"], 6), Tags = Set(["work", "prod", "source"], 2, all: true) },
                Scopes = random.Next(3) is 0 ? [] : [.. random.GetItems<string>(["*:read", "*:write", "doc:*", "admin", "*n"], 1).Select(text => new ScopePattern(text))],
            };
        }
        var grant = Some(["wiki", "code"], 1)!.ToDictionary(alias => alias, alias => ScopeSet.Of(Some([.. Catalog.Resources[alias].Scopes.Scopes], 1)!));
        return rule with
        {
            Grant = grant.ToFrozenDictionary(StringComparer.Ordinal),
            MaxTokenLifetime = random.Next(3) is 0 ? TimeSpan.FromSeconds(random.Next(30, 600)) : null,
        };
    }

    private static FrozenSet<string> ToFrozen(this IEnumerable<string> items) => items.ToFrozenSet(StringComparer.Ordinal);
}
