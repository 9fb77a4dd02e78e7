using System.Security.Cryptography;
using System.Text;

namespace IdJagBroker.SignIn.Sessions;

/// <summary>What a provider calls a person and a session, as digests under a key of the server's: enough to find them when the provider ends one, and no more.</summary>
internal sealed class UpstreamNames(byte[] key)
{
    public byte[] OfSubject(string upstreamIssuer, string sub) => Digest("sub", upstreamIssuer, sub);

    public byte[] OfSession(string upstreamIssuer, string sid) => Digest("sid", upstreamIssuer, sid);

    private byte[] Digest(string what, string issuer, string name) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{what}\0{issuer}\0{name}"));
}
