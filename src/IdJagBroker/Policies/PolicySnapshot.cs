using System.Collections.Frozen;
using System.Collections.Immutable;
using IdJagBroker.Policies.Rules;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>One revision of everything, immutable and ready to decide with.</summary>
internal sealed record PolicySnapshot
{
    /// <summary>The bounds of every lifetime in the files (JAG-12).</summary>
    public static readonly TimeSpan MinLifetime = TimeSpan.FromSeconds(30);

    /// <inheritdoc cref="MinLifetime"/>
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The ceiling where no file states one.</summary>
    public static readonly TimeSpan DefaultCeiling = TimeSpan.FromMinutes(5);

    /// <summary>No policy at all: what a broker has before the first release is in force. It knows nobody.</summary>
    public static PolicySnapshot None { get; } = new(new Catalog("", "", [], [], [], [], [], []), [], DefaultCeiling, "");

    public PolicySnapshot(Catalog catalog, IEnumerable<PolicyRule> rules, TimeSpan ceiling, string revision)
    {
        (Catalog, Ceiling, Revision) = (catalog, ceiling, revision);
        Rules = [.. rules.OrderBy(rule => rule.Id, StringComparer.Ordinal)];
        Compiled = new CompiledPolicy(catalog, Rules);
        FullyRecorded = Rules.Where(rule => rule.RecordLevel is PolicyRecordLevel.Full).Select(rule => rule.Id).ToFrozenSet(StringComparer.Ordinal);
        CopiedClaimNames = [.. catalog.CopiedClaimNames.Concat(Rules.SelectMany(rule => rule.Claims)).Distinct(StringComparer.Ordinal)];
        Rates = Rules.Where(rule => rule.RatePerSubject is not null).ToFrozenDictionary(rule => rule.Id, rule => rule.RatePerSubject!, StringComparer.Ordinal);
    }

    /// <summary>Whether there is no policy: then no request is decided, not even refused for a reason of its own.</summary>
    public bool IsNone => ReferenceEquals(this, None);

    public Catalog Catalog { get; }

    /// <summary>In the order of their ids; the order in the files means nothing.</summary>
    public ImmutableArray<PolicyRule> Rules { get; }

    /// <summary>No token lives longer, whatever a rule says.</summary>
    public TimeSpan Ceiling { get; }

    /// <summary><c>sha256:</c> and hex digits, over the names and the contents of the files; empty of <see cref="None"/>.</summary>
    public string Revision { get; }

    /// <summary>The files that it was read from, tests left out: what the revision is a hash of.</summary>
    public ImmutableArray<PolicySource> Sources { get; init; } = [];

    /// <summary>The ids of the rules with <c>recordLevel: full</c>.</summary>
    public FrozenSet<string> FullyRecorded { get; }

    /// <summary>The claims that some ID-JAG copies, by its authorization server's entry or by a rule: what a subject token is read for.</summary>
    public ImmutableArray<string> CopiedClaimNames { get; }

    /// <summary>By rule, how many tokens one person gets by it; those that say so.</summary>
    public FrozenDictionary<string, PolicyRate> Rates { get; }

    internal CompiledPolicy Compiled { get; }
}
