using System.Collections.Immutable;
using IdJagBroker.Demo.EnterpriseIdp.Sessions;

namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The people as they are now: an administrator changes them while the provider runs.</summary>
internal sealed class IdpPeople(IdpOptions options)
{
    private ImmutableDictionary<string, Person> _byId = options.People.ToImmutableDictionary(person => person.Id, StringComparer.Ordinal);

    /// <summary>Everybody.</summary>
    public IEnumerable<Person> All => Volatile.Read(ref _byId).Values;

    /// <summary>The person with that id; nobody is ever removed.</summary>
    public Person this[string id] => Volatile.Read(ref _byId)[id];

    /// <summary>Who signs in under that name; case does not matter. Null if nobody does.</summary>
    public Person? Named(string? userName) => All.FirstOrDefault(person => string.Equals(person.UserName, userName, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same for a name that somebody must have.</summary>
    /// <exception cref="ArgumentException">Nobody has it.</exception>
    public Person Known(string userName) => Named(userName) ?? throw new ArgumentException($"Nobody is called {userName} here.", nameof(userName));

    /// <summary>Why a client gets no tokens for whoever signed in, at the moment; null if it does.</summary>
    public string? ReasonToRefuse(IdpSession session, IdpClient client)
    {
        var person = this[session.PersonId];
        return session.IsEnded ? "the session was ended"
            : person.IsDisabled ? "the person is disabled"
            : person.NotAssignedTo.Contains(client.ClientId, StringComparer.Ordinal) ? "the person is not assigned to the client" : null;
    }

    /// <summary>Replaces what is known of a person, from the next request on.</summary>
    /// <exception cref="ArgumentException">Nobody has that name.</exception>
    public void Change(string userName, Func<Person, Person> change)
    {
        ImmutableInterlocked.AddOrUpdate(ref _byId, Known(userName).Id, _ => throw new InvalidOperationException(), (_, person) => change(person));
    }
}
