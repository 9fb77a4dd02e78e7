using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Audit.Api;

/// <summary>Which events are asked for, as it was asked: values of one parameter are alternatives, different parameters must all hold.</summary>
internal sealed class EventFilter
{
    /// <summary>The most alternatives of one parameter.</summary>
    public const int MaxValues = 20;

    private static readonly string[] Times = ["from", "to"];

    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.Ordinal);

    private EventFilter()
    {
    }

    /// <summary>The first moment of recording that is asked for.</summary>
    public DateTimeOffset? From { get; private set; }

    /// <summary>The first that is not.</summary>
    public DateTimeOffset? To { get; private set; }

    public bool BreakGlass => this["breakglass"].Count > 0;

    /// <summary>The alternatives of a parameter; none if it was not given.</summary>
    public IReadOnlyList<string> this[string parameter] => _values.GetValueOrDefault(parameter) ?? [];

    /// <summary>Every parameter that was given, but for the times, in order.</summary>
    public IEnumerable<(string Parameter, IReadOnlyList<string> Values)> Given =>
        _values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));

    /// <summary>Reads the filter out of a query. Refuses with 400, and says which character of which parameter is at fault.</summary>
    /// <param name="query">All parameters.</param>
    /// <param name="others">Those that are there for something else, and somebody else reads.</param>
    /// <param name="now">What relative times count from.</param>
    /// <param name="allowed">The filters that make sense here; null: all.</param>
    public static Outcome<EventFilter> Parse(IQueryCollection query, IReadOnlyCollection<string> others, DateTimeOffset now, IReadOnlyCollection<string>? allowed = null)
    {
        var filter = new EventFilter();
        var known = FilterValue.Rules.Keys.Where(name => allowed is null || allowed.Contains(name)).Concat(Times).ToList();
        foreach (var (name, values) in query)
        {
            if (others.Contains(name)) continue;
            if (!known.Contains(name)) return Unknown(name, [.. known, .. others]);
            if (Array.Exists(values.ToArray(), value => value is null or "")) return Problem.InvalidParameter($"'{name}' is empty.", name, 1);
            var fault = Times.Contains(name) ? filter.ReadTime(name, [.. values!], now) : filter.ReadValues(name, [.. values!]);
            if (fault is not null) return fault;
        }
        return filter is { From: { } from, To: { } to } && from >= to
            ? Problem.InvalidParameter("'to' is not later than 'from'.", "to", 1)
            : filter;
    }

    /// <summary>The same filter with the times that an earlier page had: what is relative must not move between pages.</summary>
    public EventFilter At(DateTimeOffset? from, DateTimeOffset? to)
    {
        (From, To) = (from, to);
        return this;
    }

    /// <summary>What is wrong with a parameter that nobody knows.</summary>
    public static Problem Unknown(string name, IEnumerable<string> known)
    {
        var hint = Spelling.Nearest(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : $" There are: {string.Join(", ", known.Order(StringComparer.Ordinal))}.";
        return Problem.InvalidParameter($"There is no parameter {PolicyDiagnostics.Quote(name)}.{hint}", PolicyDiagnostics.Quote(name).Trim('\''), 1);
    }

    private Problem? ReadTime(string name, IReadOnlyList<string> values, DateTimeOffset now)
    {
        if (values is not [var text]) return Problem.InvalidParameter($"'{name}' is given more than once.", name, 1);
        if (FilterTime.Read(text, now, out var time) is { } fault) return Problem.InvalidParameter($"{name}: {fault.Message}", name, fault.Column);
        if (name is "from") From = time;
        else To = time;
        return null;
    }

    private Problem? ReadValues(string name, IReadOnlyList<string> given)
    {
        var rule = FilterValue.Rules[name];
        var values = new List<string>();
        foreach (var text in given)
        {
            var start = 0;
            foreach (var part in rule.IsWord ? text.Split(',') : [text])
            {
                if (FilterValue.Check(rule, part) is { } fault) return Problem.InvalidParameter($"{name}: {fault.Message}", name, start + fault.Column);
                start += part.Length + 1;
                if (!values.Contains(part, StringComparer.Ordinal)) values.Add(part);
            }
        }
        if (values.Count > MaxValues) return Problem.InvalidParameter($"'{name}' has more than {MaxValues} values.", name, 1);
        _values[name] = values;
        return null;
    }
}
