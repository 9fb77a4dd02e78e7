using IdJagBroker.Hosting;

namespace IdJagBroker.Upstreams.People;

/// <summary><c>/admin/v1/people</c>: who the keys in the log stand for, and their erasure.</summary>
internal static class PersonApi
{
    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "not-found", "That key stands for nobody, or for nobody any more.");

    public static Problem Locked { get; } = new(StatusCodes.Status409Conflict, "person-locked", "The person is locked, and who comes back after an erasure is somebody new: lift the lock first.");

    public static void Map(IEndpointRouteBuilder admin)
    {
        var people = admin.MapGroup("/people").AddEndpointFilter<AdminFailures>();
        RevealPeople.Map(people);
        ErasePerson.Map(people);
    }
}
