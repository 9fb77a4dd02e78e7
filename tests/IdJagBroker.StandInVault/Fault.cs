using System.Text.Json.Nodes;

namespace IdJagBroker.StandIn;

/// <summary>What goes wrong with a request, or with its answer.</summary>
public sealed record Fault
{
    private Fault()
    {
    }

    internal int? Answer { get; private init; }

    internal string? RetryAfter { get; private init; }

    internal string? Location { get; private init; }

    internal string? Code { get; private init; }

    internal bool Resets { get; private init; }

    internal TimeSpan Wait { get; private init; }

    internal Action<JsonObject>? Changes { get; private init; }

    internal string? Challenge { get; private init; }

    /// <summary>An error instead of an answer.</summary>
    public static Fault Status(int status, string? retryAfter = null, string? code = null) => new() { Answer = status, RetryAfter = retryAfter, Code = code };

    /// <summary>The way to somewhere else.</summary>
    public static Fault Redirect(string location) => new() { Answer = 307, Location = location };

    /// <summary>The connection ends instead.</summary>
    public static readonly Fault Reset = new() { Resets = true };

    /// <summary>The answer comes later, or, if nobody waits so long, not at all.</summary>
    public static Fault Delay(TimeSpan wait) => new() { Wait = wait };

    /// <summary>The answer, where it is a good one, says something else.</summary>
    public static Fault Change(Action<JsonObject> change) => new() { Changes = change };

    /// <summary>A 401 with this <c>WWW-Authenticate</c>, whatever token came.</summary>
    public static Fault AskFor(string challenge) => new() { Challenge = challenge };
}
