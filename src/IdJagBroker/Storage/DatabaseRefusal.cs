using Npgsql;

namespace IdJagBroker.Storage;

/// <summary>What the database will refuse until somebody mends it, told from an outage, which passes by itself.</summary>
/// <param name="SqlState">The code, for a search.</param>
/// <param name="What">What is wrong and what to do: fixed text, without names, addresses or secrets.</param>
internal sealed record DatabaseRefusal(string SqlState, string What)
{
    /// <summary>A role that may connect and read, and not write what a token needs.</summary>
    public static readonly DatabaseRefusal OfPrivileges =
        new(PostgresErrorCodes.InsufficientPrivilege, "its role may not write what a token needs: see the grants in docs/operations.md");

    /// <summary>The refusal in an exception or what caused it; null if there is none: classes 28, 3D and 42 of PostgreSQL's error codes.</summary>
    public static DatabaseRefusal? Of(Exception? e) => e switch
    {
        null => null,
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } => OfPrivileges,
        PostgresException { SqlState: var state } when state.StartsWith("28", StringComparison.Ordinal) => new(state, "it refuses the role or its password"),
        PostgresException { SqlState: var state } when state.StartsWith("3D", StringComparison.Ordinal) => new(state, "there is no database of that name"),
        PostgresException { SqlState: var state } when state.StartsWith("42", StringComparison.Ordinal) => new(state, "its schema is not this version's: run 'idjag db migrate'"),
        _ => Of(e.InnerException),
    };
}
