using IdJagBroker.Audit;
using IdJagBroker.Discovery;
using IdJagBroker.Dpop;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.SignIn.Authorize;

namespace IdJagBroker.SignIn.Grants;

/// <summary>Does whoever brings a bound access token to the userinfo endpoint hold its key? (RFC 9449 §7.)</summary>
internal sealed class UserInfoProof(Issuer issuer, ReplayMemory memory, TimeProvider clock)
{
    private readonly string _endpoint = EndpointPaths.Absolute(issuer, SignInPaths.UserInfo);

    /// <exception cref="Npgsql.NpgsqlException">The database is away; whether the proof was used before, nobody can say.</exception>
    public async Task<bool> IsProvenAsync(HttpContext http, string accessToken, string boundTo)
    {
        if (http.Request.Headers[DpopProofCheck.Header] is not [{ } header] || !DpopProof.TryParse(header, out var proof, out _)) return false;
        return proof.Check(http.Request.Method, _endpoint, clock.GetUtcNow()) is DpopFailure.None && proof.IsBy(boundTo) && proof.IsFor(accessToken)
            && await memory.TryUseAsync(ReplayKey.DpopProof(_endpoint, proof.JwtId, proof.IssuedAt + DpopProof.Window), http.RequestAborted);
    }
}
