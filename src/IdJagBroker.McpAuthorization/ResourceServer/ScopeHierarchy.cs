using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Which scopes include which (RS-14): <c>notes:admin</c> may stand for <c>notes:read</c>. Followed to the end, loops included.</summary>
internal sealed class ScopeHierarchy(IReadOnlyList<(string Broad, string Narrow)> inclusions)
{
    private readonly ILookup<string, string> _includes =
        inclusions.ToLookup(inclusion => inclusion.Broad, inclusion => inclusion.Narrow, StringComparer.Ordinal);

    /// <summary>Whether a token with these scopes satisfies all of those needed.</summary>
    public bool Satisfies(ScopeSet held, IEnumerable<string> needed)
    {
        var effective = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(held.Scopes);
        while (open.TryPop(out var scope))
        {
            if (!effective.Add(scope)) continue;
            foreach (var narrower in _includes[scope]) open.Push(narrower);
        }
        return effective.IsSupersetOf(needed);
    }
}
