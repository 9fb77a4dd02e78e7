using System.Diagnostics;
using System.Text.Json;
using IdJagBroker.Audit;
using IdJagBroker.Dpop;
using IdJagBroker.Hosting;
using IdJagBroker.Policies;
using IdJagBroker.Protocol;
using IdJagBroker.Revisions;
using IdJagBroker.SignIn.Grants;
using IdJagBroker.TokenExchange.AdminAccess;
using MediatR;
using Microsoft.Extensions.Options;

namespace IdJagBroker.TokenExchange;

/// <summary>
/// <c>POST /oauth2/token</c> (RFC 6749 §3.2): reads a form strictly, sends one command, writes one response that nobody stores. Mapped as it is, so that no request pays for finding
/// what all of them need.
/// </summary>
internal sealed class TokenEndpoint(ActivePolicy policy, SourceAge source, RateLimits limits, DpopProofCheck possession, IMediator exchanges, IOptions<TokenExchangeOptions> options, TimeProvider clock)
{
    public const string Path = "/oauth2/token";

    /// <summary>Answers every request; what the walk throws is <see cref="FailureResponses"/>'s.</summary>
    public async Task Handle(HttpContext http)
    {
        // Before the body is read, so that a flood costs next to nothing.
        if (limits.ForAddress(http.Connection.RemoteIpAddress) is { } limited) { await RefuseAsync(http, limited); return; }
        possession.OfferNonce(http);
        if (!HttpMethods.IsPost(http.Request.Method))
        {
            http.Response.Headers.Allow = HttpMethods.Post;
            await RefuseAsync(http, OAuthError.InvalidRequest("use POST"), StatusCodes.Status405MethodNotAllowed);
            return;
        }
        var reading = await FormBody.ReadAsync(http.Request, http.RequestAborted);
        if (reading.IsRefused(out var form, out var refusal)) { await RefuseAsync(http, refusal); return; }

        var credentialParsing = ClientCredentials.Parse(form, http.Request.Headers.Authorization);
        if (credentialParsing.IsRefused(out var credentials, out refusal)) { await RefuseAsync(http, refusal); return; }

        // Before there is a policy nobody is known, and to say so would be wrong.
        if (policy.Current.IsNone) { await RefuseAsync(http, NoPolicy.Refusal); return; }
        // Where there is no administrator, nobody may use their grant, and it is refused like any that is not spoken here.
        var isForAdministrators = form["grant_type"] is GrantType.ClientCredentials && policy.Current.Catalog.HasAdministrators;
        if (!isForAdministrators && source.Denies) { await RefuseAsync(http, NoPolicy.Stale); return; }       // administrators mend it
        var attempt = new IssuanceAttempt(
            Guid.CreateVersion7(clock.GetUtcNow()), Activity.Current?.TraceId.ToString(), CallerNetwork.Of(http.Connection.RemoteIpAddress), http.Request.Headers.UserAgent)
        {
            Family = isForAdministrators ? "admin" : FamilyOf(form["grant_type"], policy.Current.Catalog),
        };
        var (proofs, address) = (http.Request.Headers[DpopProofCheck.Header], http.Connection.RemoteIpAddress);
        var refused = attempt.Family switch
        {
            "admin" => await AnswerAsync(http, MediatorOf(http), new GrantAdminAccess(form, credentials, proofs, attempt), static token => token.WriteTo),
            "signin" => await AnswerAsync(http, MediatorOf(http), new RedeemCode(form, credentials, proofs, attempt) { CallerAddress = address }, static tokens => tokens.WriteTo),
            "refresh" => await AnswerAsync(http, MediatorOf(http), new RefreshSignIn(form, credentials, proofs, attempt) { CallerAddress = address }, static tokens => tokens.WriteTo),
            _ => await AnswerAsync(http, exchanges, new ExchangeToken(form, credentials, proofs, attempt) { CallerAddress = address }, static idJag => idJag.WriteTo),
        };
        if (refused is not null) await OAuthResponse.WriteAsync(http, ToSend(refused, attempt, options.Value));
    }

    // Others have services of their own for each request; an exchange has none, and making room for them would cost it.
    private static IMediator MediatorOf(HttpContext http) => http.RequestServices.GetRequiredService<IMediator>();

    // Sends one command, and writes what came of it; a refusal is the caller's to write.
    private static async Task<OAuthError?> AnswerAsync<T>(HttpContext http, IMediator mediator, IRequest<OAuthResult<T>> command, Func<T, Action<Utf8JsonWriter>> writer) where T : notnull
    {
        var outcome = await mediator.Send(command, http.RequestAborted);
        if (outcome.IsRefused(out var answer, out var refusal)) return refusal;
        await OAuthResponse.WriteAsync(http, writer(answer));
        return null;
    }

    // Where nobody signs in, their grants are refused like any that is not spoken here.
    private static string FamilyOf(string? grantType, Catalog catalog) => grantType switch
    {
        GrantType.AuthorizationCode when catalog.HasSignIn => "signin",
        GrantType.RefreshToken when catalog.HasSignIn => "refresh",
        _ => "idjag",
    };

    // Before there is a command: nobody is known, so it is only counted.
    private static Task RefuseAsync(HttpContext http, OAuthError refusal, int? status = null)
    {
        RequestCount.Refused(refusal);
        return OAuthResponse.WriteAsync(http, refusal, status);
    }

    // The last step before the wire; the log has the refusal as it was. Only who proved to be a client is told of its record: to a
    // stranger, a decision_id would say that the client exists.
    private static OAuthError ToSend(OAuthError refusal, IssuanceAttempt attempt, TokenExchangeOptions options)
    {
        var mayHear = attempt.ClientAuthentication is not null && refusal.Status is not StatusCodes.Status429TooManyRequests;
        var said = attempt.Replayed?.Refusal ?? ErrorProfile.Apply(options.ErrorProfile, refusal);
        return mayHear ? said.WithDecision(attempt.DecisionId.ToString()) : said;
    }
}
