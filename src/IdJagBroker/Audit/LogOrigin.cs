using IdJagBroker.Protocol;

namespace IdJagBroker.Audit;

/// <summary>The name of a log, in its events and on its checkpoints: there is one for each issuer.</summary>
/// <param name="Name">Such as <c>idjag.acme.example/audit</c>.</param>
internal sealed record LogOrigin(string Name)
{
    /// <summary>That of an issuer: a name without a scheme, as C2SP logs have it.</summary>
    public static LogOrigin Of(Issuer issuer) => new(issuer.Value[(issuer.Value.IndexOf("://", StringComparison.Ordinal) + 3)..].TrimEnd('/') + "/audit");
}
