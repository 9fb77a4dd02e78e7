namespace IdJagBroker.Probe;

/// <summary>Why a good ID-JAG may be refused, by what the server says: what an administrator looks at first.</summary>
internal static class LikelyCauses
{
    public static IReadOnlyList<string> Of(ProbeSession session, TokenAnswer answer)
    {
        var (setup, client) = (session.Setup, session.Setup.Client);
        return answer switch
        {
            { Status: 0 } => [$"The token endpoint {session.TokenEndpoint?.AbsoluteUri} gives no answer: {answer.Fault}"],
            { Status: >= 500 } => ["The server failed: its own log says why.", $"It cannot fetch the keys of {setup.Issuer}: is {ProbeIssuer.KeysOf(setup.Issuer)} published, and reachable from there?"],
            { Error: "invalid_client" } => [$"There is no client {client.ClientId}, or its secret or key is another one.", $"It is registered for another method than {client.Method} (--auth-method, --client-key, --public).", "A client assertion has to name the token endpoint there (--client-assertion-aud token-endpoint)."],
            { Error: "unauthorized_client" } => [$"The client {client.ClientId} is not registered for the jwt-bearer grant.", client.IsPublic ? "Public clients are not allowed there." : "The client is disabled."],
            { Error: "unsupported_grant_type" } => ["The server does not speak the jwt-bearer grant, or speaks it at another endpoint (--token-endpoint)."],
            { Error: "invalid_target" } => [$"{setup.Resource} is not registered there, or is spelt otherwise."],
            { Error: "invalid_scope" } => [$"One of the scopes is not known there, or not for {setup.Resource} or this client: {setup.Scope}."],
            { Error: "access_denied" } => [$"The account of {setup.Subject} is unknown, blocked or not licensed there."],
            { Error: "invalid_dpop_proof" or "use_dpop_nonce" } => ["The proof is refused: does the server know its own public URL behind its proxy? Do the clocks agree?"],
            { Error: "invalid_authorization_details" } => ["The server wants authorization_details, which the probe does not send."],
            { Error: "invalid_grant" } =>
            [
                $"{setup.Issuer} is not trusted there, in exactly this spelling.",
                $"The key {setup.Key.KeyId} is not among the keys that the server has of it: is {ProbeIssuer.KeysOf(setup.Issuer)} published, and was it fetched since?",
                $"The issuer identifier of the server is not exactly {setup.Server} (aud).",
                $"{client.ClientId} is not the client's id there, or the issuer may not speak for that client.",
                $"There is no account for sub {setup.Subject}: provision it, or say what the server goes by (--email, --claim aud_sub=…, --claim aud_tenant=…).",
                setup.Dpop ? "The server does not take ID-JAGs that are bound to a key: try without --dpop." : "The server takes only ID-JAGs that are bound to a key: try --dpop.",
                $"The clocks differ by more than a minute: here it is {session.Now:yyyy-MM-dd'T'HH:mm:ss'Z'}.",
            ],
            { Status: 404 or 405 } => [$"{session.TokenEndpoint?.AbsoluteUri} is not the token endpoint."],
            _ => ["The answer is none of OAuth's (RFC 6749 §5): something in front of the server may have given it."],
        };
    }
}
