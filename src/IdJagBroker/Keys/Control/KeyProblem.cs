using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>Why a key cannot be used or changed as asked.</summary>
internal static class KeyProblem
{
    private const int Conflict = StatusCodes.Status409Conflict;

    public static Problem NotFound { get; } = new(StatusCodes.Status404NotFound, "key-not-found", "There is no such key.");

    /// <summary>The key took a step between reading and changing.</summary>
    public static Problem Moved { get; } = new(Conflict, "key-moved", "The key took a step just now; read it again.");

    public static Problem NoActiveKey { get; } =
        new(Conflict, "no-active-key", "No key of that purpose and algorithm signs now. If one is needed, its next key is on its way: see the list.");

    public static Problem NotInUse(SigningKeyRow key) =>
        new(Conflict, "key-not-in-use", $"The key is {key.State.Word()}: it does not sign, and its private half need not be there any more.");

    public static Problem CannotSign(string why) => new(StatusCodes.Status503ServiceUnavailable, "key-cannot-sign", $"The key does not sign here: {why}");

    /// <summary>An active key is retired only if another can take over now.</summary>
    public static Problem NoSuccessor(KeyBoard board, SigningKeyRow active) => new(Conflict, "no-successor", "The key signs, and no other can take over now: " + board.NextOf(active.Slot) switch
    {
        null => "none has been made. Ask for a rotation; it retires this one.",
        { State: KeyState.Created } => "the next is not published yet.",
        var next when board.Replicas.Count is 0 || board.NodesBy(next)[false].Any() => "not every running replica has the next one.",
        { PublishedAt: var at } => $"the next may still be missing from JWKS copies until {at + KeyTimes.JwksLifetime:u}.",
    });
}
