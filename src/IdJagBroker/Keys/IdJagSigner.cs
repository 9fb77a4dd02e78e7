using IdJagBroker.Audit;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Keys;

/// <summary>Signs what is recorded, and nothing else (RFC 7515).</summary>
internal sealed class IdJagSigner(IssuanceLog log)
{
    /// <summary>Turns a recorded issuance into a token.</summary>
    /// <exception cref="SigningUnavailableException">The key did not sign; the row stays, with a note that no token came of it.</exception>
    public async ValueTask<EncodedJwt> SignAsync(IssuanceAttempt attempt, RecordedIssuance issuance, CancellationToken ct)
    {
        try
        {
            ct.ThrowIfCancellationRequested();       // the client left while the record was made: nobody would get the token
            return await issuance.Jws.SignAsync(ct);
        }
        catch (Exception) when (ct.IsCancellationRequested)
        {
            await log.RecordAbandonedAsync(attempt, issuance);
            throw;
        }
        catch (Exception e)      // a vault that is too slow cancels too
        {
            await log.RecordSignFailureAsync(attempt, issuance);
            throw e as SigningUnavailableException ?? new SigningUnavailableException(e);
        }
    }
}
