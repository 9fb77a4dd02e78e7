namespace IdJagBroker.StandIn;

/// <summary>An error as Key Vault answers it.</summary>
internal sealed class VaultFailure(int status, string code, string message, string? innerCode = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? InnerCode { get; } = innerCode;

    public static VaultFailure BadParameter(string message) => new(400, "BadParameter", message);

    public static VaultFailure KeyNotFound(string name) => new(404, "KeyNotFound",
        $"A key with (name/id) {name} was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command.");

    public static VaultFailure KeyDisabled(string operation) => new(403, "Forbidden", $"Operation {operation} is not allowed on a disabled key.", "KeyDisabled");

    public static VaultFailure NotPermitted(string operation) => new(403, "Forbidden", $"Operation {operation} is not permitted on this key.", "KeyOperationForbidden");

    public static VaultFailure OutsideItsTimes(string operation) =>
        new(403, "Forbidden", $"Operation {operation} is not allowed on a key that is expired or not yet valid.", "KeyNotYetValidOrExpired");

    public static VaultFailure ForbiddenByRbac() => new(403, "Forbidden", "Caller is not authorized to perform action on resource.", "ForbiddenByRbac");
}
