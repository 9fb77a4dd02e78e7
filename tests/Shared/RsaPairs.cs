using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace IdJagBroker.Shared;

/// <summary>
/// RSA key pairs that the tests of a program share, since making one takes a third of a second. Whoever has an instance gets each pair once;
/// others get the same ones.
/// </summary>
internal sealed class RsaPairs
{
    private static readonly ConcurrentDictionary<(int Bits, int Number), Lazy<byte[]>> Made = [];
    private readonly ConcurrentDictionary<int, int> _given = [];

    public RSA Next(int bits)
    {
        var pair = Made.GetOrAdd((bits, _given.AddOrUpdate(bits, 1, (_, given) => given + 1)), static key => new(() =>
        {
            using var made = RSA.Create(key.Bits);
            return made.ExportPkcs8PrivateKey();
        }));
        var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(pair.Value, out _);
        return rsa;
    }
}
