using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies.Decisions;

/// <summary>
/// Says of every rule whether it matched and, condition by condition, why. Reads the rules as written, apart from the engine's bits, so that
/// each is a check on the other (a property test holds them together).
/// </summary>
internal static class PolicyTrace
{
    private const string Missing = "missing";

    public static IReadOnlyList<RuleEvaluation> Of(PolicySnapshot snapshot, PolicyInput input) =>
        [.. snapshot.Rules.Select(rule => Of(snapshot, rule, input))];

    public static RuleEvaluation Of(PolicySnapshot snapshot, PolicyRule rule, PolicyInput input)
    {
        var checks = ImmutableArray.CreateBuilder<ConditionCheck>();
        var client = snapshot.Catalog.Clients.GetValueOrDefault(input.ClientAlias);
        if (rule.Who is { } who) AddWho(checks, who, rule.Effect is PolicyEffect.Deny, input);
        if (rule.Client is { } clients) AddClient(checks, clients, client, input);
        if (rule.Effect is PolicyEffect.Allow) AddGrant(checks, snapshot.Catalog, rule, input);
        else AddTarget(checks, snapshot.Catalog, rule, input);
        if (rule.Validity is { } validity)
            checks.Add(new("validity", At(input), validity.ToString(), !(input.At < validity.From) && !(input.At >= validity.Until), IsFurther: true));
        if (rule.During is { } hours) checks.Add(new("during", At(input), hours.ToString(), hours.Covers(input.At), IsFurther: true));
        if (rule.Requirement is { } requirement && client is not null) AddRequirement(checks, rule.Effect, requirement, client, input);
        return new RuleEvaluation(rule, checks.DrainToImmutable());
    }

    // Of what is missing, a condition holds in a deny rule and not in an allow rule.
    private static void AddWho(ImmutableArray<ConditionCheck>.Builder checks, PolicyWho who, bool ifMissing, PolicyInput input)
    {
        if (who.Groups is { } groups)
            checks.Add(new("who.groups", input.GroupsComplete ? List(input.Groups) : "overage", groups.ToString(), input.GroupsComplete ? groups.Holds([.. input.Groups]) : ifMissing));
        AddOne("who.subjects", who.Subjects, input.Subject);
        AddOne("who.idps", who.Idps, input.Idp);
        AddOne("who.tenants", who.Tenants, input.Tenant);
        foreach (var (claim, condition) in who.Claims.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var values = input.Claims.GetValueOrDefault(claim);
            checks.Add(new($"who.claims.{claim}", values is null ? Missing : List(values), condition.ToString(), values is null ? ifMissing : condition.Holds(values)));
        }

        void AddOne(string path, SetCondition? condition, string? have)
        {
            if (condition is not null) checks.Add(new(path, have ?? Missing, condition.ToString(), have is null ? ifMissing : condition.HoldsOf(have)));
        }
    }

    private static void AddClient(ImmutableArray<ConditionCheck>.Builder checks, PolicyClients clients, CatalogClient? client, PolicyInput input)
    {
        if (clients.Ids is { } ids) checks.Add(new("client.ids", input.ClientAlias, ids.ToString(), ids.HoldsOf(input.ClientAlias)));
        if (client is null) return;
        if (clients.Trust is { } trust) checks.Add(new("client.trust", PolicyClients.Word(client.Trust), trust.ToString(), trust.HoldsOf(PolicyClients.Word(client.Trust))));
        if (clients.Auth is { } auth) checks.Add(new("client.auth", PolicyClients.Word(client.Auth), auth.ToString(), auth.HoldsOf(PolicyClients.Word(client.Auth))));
    }

    private static void AddGrant(ImmutableArray<ConditionCheck>.Builder checks, Catalog catalog, PolicyRule rule, PolicyInput input)
    {
        var here = rule.Grant.Where(grant => input.ResourceAliases.Contains(grant.Key)).ToList();
        checks.Add(
            here.Count is 0 ? new("grant", List(input.ResourceAliases), List(rule.Grant.Keys), Holds: false)
            : here.TrueForAll(grant => !catalog.IsOpen(catalog.Resources[grant.Key])) ? new("grant", "not enabled", List(here.Select(grant => grant.Key)), Holds: false)
            : new("grant", input.Scope.ToString(), List(here.SelectMany(grant => grant.Value.Scopes)), !here.TrueForAll(grant => grant.Value.Intersect(input.Scope).IsEmpty)));
    }

    private static void AddTarget(ImmutableArray<ConditionCheck>.Builder checks, Catalog catalog, PolicyRule rule, PolicyInput input)
    {
        if (rule.Target is { } target)
        {
            var resources = input.ResourceAliases.Select(catalog.Resources.GetValueOrDefault).OfType<CatalogResource>().ToList();
            if (target.Resources is { } names) Add("target.resources", names, resource => [resource.Alias]);
            if (target.AuthorizationServers is { } servers) Add("target.authorizationServers", servers, resource => [resource.AuthorizationServer]);
            if (target.Tags is { } tags) Add("target.tags", tags, resource => resource.Tags);

            // Of several resources one is enough, and it must be the same one for all that is written: where that fails, the last says so.
            void Add(string path, SetCondition condition, Func<CatalogResource, IReadOnlyCollection<string>> have) =>
                checks.Add(new(path, List(resources.SelectMany(have)), condition.ToString(), resources.Exists(resource => condition.Holds(have(resource)))));
            if (checks.Count > 0 && !resources.Exists(target.Covers) && checks.All(check => check.Holds || !check.Path.StartsWith("target.", StringComparison.Ordinal)))
                checks.Add(new("target", List(input.ResourceAliases), "all of the above of one resource", Holds: false));
        }
        if (!rule.Scopes.IsEmpty)
            checks.Add(new("scopes", input.Scope.ToString(), List(rule.Scopes.Select(pattern => pattern.Text)), input.Scope.Scopes.Any(scope => rule.Scopes.Any(pattern => pattern.Matches(scope)))));
    }

    // A deny rule applies unless all of it is brought.
    private static void AddRequirement(ImmutableArray<ConditionCheck>.Builder checks, PolicyEffect effect, PolicyRequirement asked, CatalogClient client, PolicyInput input)
    {
        var parts = Requirements(asked, client, input).ToList();
        if (effect is PolicyEffect.Allow) checks.AddRange(parts.Select(part => part with { Path = "require." + part.Path, IsFurther = true }));
        else
        {
            var lifted = parts.TrueForAll(part => part.Holds);
            checks.AddRange(parts.Select(part => part with { Path = "unless." + part.Path, Holds = !lifted, IsFurther = true }));
        }
    }

    private static IEnumerable<ConditionCheck> Requirements(PolicyRequirement asked, CatalogClient client, PolicyInput input)
    {
        if (!asked.AcrAnyOf.IsEmpty) yield return new("auth.acrAnyOf", Known(input.Acr), string.Join(' ', asked.AcrAnyOf), asked.AcrAnyOf.Intersect(input.Acr, StringComparer.Ordinal).Any());
        if (!asked.AmrAnyOf.IsEmpty) yield return new("auth.amrAnyOf", Known(input.Amr), string.Join(' ', asked.AmrAnyOf), asked.AmrAnyOf.Intersect(input.Amr, StringComparer.Ordinal).Any());
        if (!asked.AmrAllOf.IsEmpty) yield return new("auth.amrAllOf", Known(input.Amr), string.Join(' ', asked.AmrAllOf), !asked.AmrAllOf.Except(input.Amr, StringComparer.Ordinal).Any());
        if (asked.MaxAge is { } age) yield return new("auth.maxAge", input.SignInAge is { } old ? YamlValues.Format(old) : Missing, YamlValues.Format(age), input.SignInAge <= age);
        if (asked.ClientAuth is { } auth) yield return new("clientAuth", PolicyClients.Word(client.Auth), PolicyClients.Word(auth), client.Auth == auth);
        if (asked.Dpop) yield return new("dpop", input.Dpop ? "true" : "false", "true", input.Dpop);
        if (asked.Resource) yield return new("resource", input.ResourceNamed ? "named" : "not named", "named", input.ResourceNamed);
        if (!asked.CidrAnyOf.IsEmpty) yield return new("network.cidrAnyOf", input.Network?.ToString() ?? Missing, string.Join(' ', asked.CidrAnyOf), Decisions.Conditions.Inside(asked.CidrAnyOf, input.Network, Fact.None));
        if (!asked.CidrNoneOf.IsEmpty) yield return new("network.cidrNoneOf", input.Network?.ToString() ?? Missing, string.Join(' ', asked.CidrNoneOf), Decisions.Conditions.Outside(asked.CidrNoneOf, input.Network, Fact.None));
        foreach (var (claim, condition) in asked.Device.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var values = input.Claims.GetValueOrDefault(claim);
            yield return new($"device.{claim}", values is null ? Missing : List(values), condition.ToString(), values is not null && condition.Holds(values));
        }
    }

    private static string Known(IReadOnlyList<string> values) => values.Count is 0 ? Missing : string.Join(' ', values);

    private static string At(PolicyInput input) => PolicyValidity.Text(input.At)!;

    private static string List(IEnumerable<string> words) => string.Join(' ', words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}
