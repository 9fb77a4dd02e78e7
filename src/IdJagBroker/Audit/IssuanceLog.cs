using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Audit;

/// <summary>Writes down what the token endpoint decides, before it acts (architecture: record, then sign).</summary>
internal sealed partial class IssuanceLog(AuditInbox inbox, PolicyActivation policy, FactHashes hashes, TimeProvider clock, ILogger<IssuanceLog> log)
{
    /// <summary>Makes the issuance durable, with the SHA-256 of exactly what will be signed.</summary>
    /// <returns>
    /// The evidence; refused with <c>invalid_client</c> if the client assertion was used before, with <c>invalid_dpop_proof</c> if the
    /// proof was, and with <c>server_error</c>, nothing recorded as issued, if the ID-JAG is longer than receivers read (JAG-29).
    /// </returns>
    /// <exception cref="AuditUnavailableException">It did not become durable in time; nothing may be signed.</exception>
    public Task<OAuthResult<RecordedToken>> RecordAsync(Issuance issuance, ISigningKey key)
    {
        policy.MustBeRecorded(issuance.Attempt.PolicyRevision);
        if (!issuance.IdJag.TryToJws(key, out var jws)) return Task.FromResult<OAuthResult<RecordedToken>>(TooLong(issuance));
        var attempt = issuance.Attempt;
        var auditEvent = new AuditEvent
        {
            Id = attempt.DecisionId,
            OccurredAt = clock.GetUtcNow(),
            Type = "idjag.issued",
            Outcome = AuditOutcome.Ok,
            ActorKind = "client",
            ActorKey = attempt.Client,
            ActorSession = attempt.Session,
            Client = attempt.Client,
            SubjectKey = attempt.SubjectKey,
            AuthServer = issuance.IdJag.Audience,
            Resources = issuance.IdJag.Resources,
            Jti = issuance.IdJag.JwtId,
            Kid = key.PublicKey.KeyId,
            PolicyRevision = attempt.PolicyRevision,
            TraceId = attempt.TraceId,
            Network = attempt.Network,
            UserAgent = attempt.UserAgent,
            Data = IssuanceData.Of(issuance, jws.SigningInputHash, hashes),
        };
        return RecordedToken.CommitAsync(inbox, auditEvent, attempt, jws);
    }

    /// <summary>The same for an administrator who gets an access token for the admin API. Refused if the client assertion was used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time; nothing may be signed.</exception>
    public Task<OAuthResult<RecordedToken>> RecordAsync(AdminSignIn signIn, UnsignedJws jws)
    {
        policy.MustBeRecorded(signIn.Attempt.PolicyRevision);
        var auditEvent = Envelope(signIn.Attempt, "admin.signed_in", AuditOutcome.Ok) with
        {
            Jti = signIn.Attempt.Administrator?.Session,
            Kid = jws.Key.PublicKey.KeyId,
            Data = IssuanceData.Of(signIn, jws.SigningInputHash),
        };
        return RecordedToken.CommitAsync(inbox, auditEvent, signIn.Attempt, jws);
    }

    /// <summary>Makes a refusal durable, with its real reason. Notes in <paramref name="attempt"/> what of it had been used before.</summary>
    /// <exception cref="AuditUnavailableException">It did not become durable in time.</exception>
    public async Task RecordRefusalAsync(IssuanceAttempt attempt, OAuthError refusal)
    {
        policy.MustBeRecorded(attempt.PolicyRevision);
        var denied = Envelope(attempt, attempt.Family + ".denied", AuditOutcome.Denied) with { Reason = ReasonOf(refusal), Data = IssuanceData.Of(attempt, refusal, hashes) };
        attempt.Replayed = (await inbox.AppendAsync(denied, attempt.Uses)).Replayed;
    }

    /// <summary>The closed code under which a refusal is filed: its own, or the OAuth code in capitals.</summary>
    public static string ReasonOf(OAuthError refusal) => refusal.Reason ?? refusal.Code.ToUpperInvariant();

    private OAuthError TooLong(Issuance issuance)
    {
        IdJagTooLong(issuance.IdJag.Audience, issuance.Attempt.Upstream);
        return OAuthError.ServerError().Because("ID_JAG_TOO_LONG", $"the ID-JAG would be longer than {IdJag.MaxChars} characters");
    }

    [LoggerMessage(1003, LogLevel.Error, "An ID-JAG for {AuthServer} would be longer than receivers read: the tokens of {Upstream} are too large for what is copied from them")]
    private partial void IdJagTooLong(string authServer, string? upstream);

    private AuditEvent Envelope(IssuanceAttempt attempt, string type, AuditOutcome outcome) => new()
    {
        Id = attempt.DecisionId,
        OccurredAt = clock.GetUtcNow(),
        Type = type,
        Outcome = outcome,
        ActorKind = attempt.Administrator?.Kind ?? "client",
        ActorKey = attempt.Administrator?.Key ?? attempt.Client,
        ActorRole = attempt.Administrator?.Role,
        ActorSession = attempt.Administrator?.Session ?? attempt.Session,
        Client = attempt.Client,
        SubjectKey = attempt.SubjectKey,
        AuthServer = attempt.AuthServer,
        Resources = attempt.Resources,
        PolicyRevision = attempt.PolicyRevision,
        TraceId = attempt.TraceId,
        Network = attempt.Network,
        UserAgent = attempt.UserAgent,
    };
}
