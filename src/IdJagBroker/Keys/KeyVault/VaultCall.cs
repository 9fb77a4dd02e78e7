using Azure.Core;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>One request to a vault.</summary>
/// <param name="Operation">For messages and logs: <c>sign</c>, <c>wrap a key</c>, ….</param>
/// <param name="Target">With its query.</param>
/// <param name="Body">JSON; erased after the call.</param>
/// <param name="MakesKey">Not tried a second time, and waited for longer.</param>
internal sealed record VaultCall(string Operation, RequestMethod Method, Uri Target, byte[]? Body = null, bool MakesKey = false);
