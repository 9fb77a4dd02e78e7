using IdJagBroker.Audit;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Signs what is recorded, and nothing else (RFC 7515).</summary>
internal sealed class TokenSigner(AuditInbox inbox, TimeProvider clock)
{
    /// <summary>Turns what is recorded into a token.</summary>
    /// <exception cref="SigningUnavailableException">The key did not sign; the record stays, followed by one that no token came of it.</exception>
    public async ValueTask<EncodedJwt> SignAsync(RecordedToken token, CancellationToken ct)
    {
        try
        {
            ct.ThrowIfCancellationRequested();       // the client left while the record was made: nobody would get the token
            return await token.Jws.SignAsync(ct);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            await inbox.AppendAsync(token.Event.Abandoned(clock.GetUtcNow()), []);
            throw;
        }
        catch (Exception e)      // a vault that is too slow cancels too
        {
            await inbox.AppendAsync(token.Event.Unsigned(clock.GetUtcNow()), []);
            throw e as SigningUnavailableException ?? new SigningUnavailableException(e);
        }
    }
}
