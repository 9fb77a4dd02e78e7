namespace IdJagBroker.Policies.Analysis;

/// <summary>Every kind of identity that rules tell apart: each provider, each person and tenant that a rule names, and for each somebody whom none names.</summary>
internal static class Identities
{
    /// <param name="idps">The aliases of all providers.</param>
    /// <param name="rules">The rules that have a say.</param>
    /// <param name="people">Who is asked about besides.</param>
    public static IEnumerable<Identity> Of(IReadOnlyCollection<string> idps, IReadOnlyCollection<RuleReach> rules, IReadOnlyCollection<string>? people = null)
    {
        var subjects = rules.SelectMany(rule => rule.Rule.Who?.Subjects?.Names ?? []).Concat(people ?? []).Distinct(StringComparer.Ordinal).ToList();
        var named = rules.SelectMany(rule => rule.Rule.Who?.Tenants?.Names ?? []).Distinct(StringComparer.Ordinal).ToList();
        string?[] tenants = named.Count is 0 ? [null] : [null, .. named, Identity.OtherTenant];
        foreach (var idp in idps)
            foreach (var subject in subjects.Where(subject => subject.StartsWith(idp + "|", StringComparison.Ordinal)).Prepend(null))
                foreach (var tenant in tenants) yield return new Identity(idp, subject, tenant);
    }
}
