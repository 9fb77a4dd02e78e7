namespace IdJagBroker.Policies;

/// <summary>Reads the policies' directory: the only place of this slice that touches a disk.</summary>
internal static class PolicyFiles
{
    /// <summary>Reads, checks and compiles everything, or says all that is wrong. Never throws on what the files hold.</summary>
    /// <param name="directory">Searched with its subfolders, except <c>tests</c>, for <c>*.yaml</c> and <c>*.yml</c>.</param>
    /// <param name="allowLoopbackHttp">Development only: plain http issuers on a loopback address.</param>
    public static PolicyLoad Load(string directory, bool allowLoopbackHttp) => throw new NotImplementedException();
}
