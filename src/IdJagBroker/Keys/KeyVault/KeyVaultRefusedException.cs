namespace IdJagBroker.Keys.KeyVault;

/// <summary>The vault answered, and says no: the key is disabled, unknown, of another type, or not ours to use. Trying again changes nothing.</summary>
/// <param name="code">The vault's code, such as <c>KeyDisabled</c>, <c>ForbiddenByRbac</c>, <c>KeyNotFound</c>; or one of <see cref="KeyVaultSigningKey"/>.</param>
/// <param name="status">The status of the answer; 0 if our own check refused.</param>
internal sealed class KeyVaultRefusedException(string operation, int status, string code)
    : KeyVaultException($"The vault refused to {operation}: {code} ({status}).", null, null)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}
