using System.Text.Json;
using IdJagBroker.Protocol;
using static IdJagBroker.Probe.Severity;

namespace IdJagBroker.Probe.Checks;

/// <summary>What the server says of itself (RFC 8414), as clients and brokers read it.</summary>
internal static class MetadataChecks
{
    private const string Default = "client_secret_basic";        // RFC 8414 §2, where the member is absent

    public static IReadOnlyList<ProbeCheck> All { get; } =
    [
        Make("metadata.published", Must, ["META-01", "META-03", "RFC 8414 §3.1"], "GET of the metadata",
            "Answer 200 with the JSON document at /.well-known/oauth-authorization-server, inserted between the host and the path of the issuer; do not redirect.", Published),
        Make("metadata.all-forms", Should, ["META-02", "RFC 8414 §3.1"], "GET at each place where clients look",
            "Serve the same document at /.well-known/openid-configuration too, and for an issuer with a path also below that path: clients differ in where they look first.",
            session => Verdict.Of(session.Documents.All.All(document => document.IsThere), $"It is not at {string.Join(", ", session.Documents.All.Where(document => !document.IsThere).Select(document => document.Path))}.")),
        Make("metadata.one-voice", Must, ["META-02", "RFC 8414 §3.3"], "comparison of what is at these places",
            "Serve one and the same document everywhere: a client that looks elsewhere first would trust another issuer or send its credentials to another endpoint.",
            session => Verdict.Of(OneVoice(session.Documents), "The documents disagree about issuer, token_endpoint or jwks_uri.")),
        Make("metadata.issuer", Must, ["META-01", "RFC 8414 §3.3"], "comparison of issuer with the URL given",
            "Say exactly the issuer identifier, character by character (mind the slash at its end): clients discard the document otherwise, and aud is compared with it.",
            session => Verdict.Of(session.Documents.Text("issuer") == session.Setup.Server.Value, $"It says \"{session.Printable(session.Documents.Text("issuer") ?? "(nothing)")}\".")),
        Make("metadata.content-type", Must, ["META-03", "RFC 8414 §3.2"], "its media type",
            "Send the document as application/json.",
            session => Verdict.Of(session.Documents.Main?.MediaType is "application/json", $"It comes as {session.Printable(session.Documents.Main?.MediaType ?? "nothing that is named")}.")),
        Make("metadata.https", Must, ["SEC-01", "RFC 8414 §2", "RFC 6749 §3.1"], "the scheme of every endpoint",
            "Use https for the issuer and for every endpoint. Plain http is for a server on loopback that is being developed.", Https),
        Make("metadata.token-endpoint", Must, ["META-01", "RFC 8414 §2", "RFC 6749 §3.2"], "token_endpoint",
            "Name the token endpoint as an absolute URL without a fragment, best of the issuer's own origin.", TokenEndpoint),
        Make("metadata.grant-types", Must, ["META-07", "RFC 8414 §2"], "grant_types_supported",
            $"List {GrantType.JwtBearer} in grant_types_supported; absent, it means authorization_code and implicit.",
            session => Verdict.Of(session.Documents.List("grant_types_supported")?.Contains(GrantType.JwtBearer) ?? false, "The jwt-bearer grant is not listed.")),
        Make("metadata.grant-profile", Should, ["META-06", "ID-JAG §7.2"], "authorization_grant_profiles_supported",
            $"List {GrantType.IdJagProfile} in authorization_grant_profiles_supported: clients learn by nothing else that ID-JAGs are taken.",
            session => Verdict.Of(session.Documents.List("authorization_grant_profiles_supported")?.Contains(GrantType.IdJagProfile) ?? false, "The ID-JAG profile is not listed.")),
        Make("metadata.auth-methods", Should, ["META-09", "RFC 8414 §2"], "token_endpoint_auth_methods_supported",
            "Always list the methods: absent means client_secret_basic by RFC 8414, but some SDKs then use client_secret_post.",
            session => Verdict.Of(session.Documents.List("token_endpoint_auth_methods_supported") is { Count: > 0 }, "The member is missing or empty.")),
        Make("metadata.auth-method-used", Must, ["META-09", "RFC 8414 §2"], "the method that the probe uses",
            "List every method that clients are registered for, or register this client for one that is listed.",
            session => Verdict.Of((session.Documents.List("token_endpoint_auth_methods_supported") ?? [Default]).Contains(session.Setup.Client.Method), $"{session.Setup.Client.Method} is not listed.")),
        Make("metadata.auth-algorithms", Must, ["META-09", "RFC 8414 §2"], "token_endpoint_auth_signing_alg_values_supported",
            "List the algorithms of client assertions, without none, whenever private_key_jwt or client_secret_jwt is listed.", AuthAlgorithms),
        Make("metadata.response-types", Must, ["META-16", "RFC 8414 §2"], "response_types_supported",
            "Publish response_types_supported, even if only the jwt-bearer grant is spoken: it is required, and clients reject a document without it.",
            session => Verdict.Of(session.Documents.List("response_types_supported") is not null, "The member is missing or no array of strings.")),
        Make("metadata.sdk-members", Should, ["META-15", "C-32"], "authorization_endpoint, S256",
            "Publish authorization_endpoint and code_challenge_methods_supported with S256, even if no code flow is spoken: MCP SDKs reject a document without them.",
            session => Verdict.Of(session.Documents.Text("authorization_endpoint") is not null && (session.Documents.List("code_challenge_methods_supported")?.Contains("S256") ?? false), "One of them is missing.")),
        Make("metadata.keys", Must, ["META-10", "RFC 7517 §5"], "GET of jwks_uri",
            "Publish public keys only, reachable as jwks_uri says. Private or symmetric members (d, p, q, k) that were ever published are burnt: replace the keys.", Keys),
        Make("metadata.dpop-algorithms", Must, ["META-11", "RFC 9449 §5.1"], "dpop_signing_alg_values_supported",
            "List the algorithms of DPoP proofs, asymmetric ones only: clients that read metadata send no proof otherwise.", DpopAlgorithms),
        Make("metadata.no-trust-list", Must, ["META-08", "ID-JAG §9.4"], "whether it tells whom it trusts",
            "Do not publish trusted issuers or tenants: the document is everybody's, and they are your customers.",
            session => Verdict.Of(session.Documents.Main?.Json is not { } json || !Mentions(json, session.Setup.Issuer), "The issuer of this test is named in it.")),
    ];

    private static ProbeCheck Make(string id, Severity severity, string[] rules, string sent, string fix, Func<ProbeSession, Verdict> look) =>
        new(id, severity, rules, sent, fix, (session, _) => Task.FromResult(id is "metadata.published" || session.Documents.Main is not null ? look(session) : Verdict.Skipped("There is no metadata.")));

    private static Verdict Published(ProbeSession session)
    {
        var first = session.Documents.All[0];
        if (first.IsThere) return Verdict.Pass();
        if (session.Documents.Main is { } other) return Verdict.Warn($"It is only at {other.Path}.");
        return Verdict.Broken(first switch
        {
            { Status: 0 } => $"There was no answer: {first.Fault}",
            { Status: >= 300 and < 400 } => "It redirects, which nobody who is careful follows.",
            { Status: 200 } => "What is there is no JSON object, or has a member twice.",
            _ => $"HTTP {first.Status}.",
        });
    }

    private static bool OneVoice(ServerDocuments documents) => documents.All.Where(document => document.IsThere)
        .Select(document => string.Join('\n', ((string[])["issuer", "token_endpoint", "jwks_uri"]).Select(name => ServerDocuments.TextIn(document.Json!.Value, name)))).Distinct(StringComparer.Ordinal).Count() is 1;

    private static Verdict Https(ProbeSession session)
    {
        var plain = session.Documents.Main!.Json!.Value.EnumerateObject()
            .Where(member => member.Name is "issuer" or "jwks_uri" || member.Name.EndsWith("_endpoint", StringComparison.Ordinal))
            .Where(member => member.Value.ValueKind is JsonValueKind.String && Uri.TryCreate(member.Value.GetString(), UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp && !(url.IsLoopback && session.Setup.IsLoopback))
            .Select(member => member.Name).ToList();
        return Verdict.Of(plain.Count is 0, $"Plain http: {session.Printable(string.Join(", ", plain))}.");
    }

    private static Verdict TokenEndpoint(ProbeSession session)
    {
        if (session.Documents.Text("token_endpoint") is not { } text || !Uri.TryCreate(text, UriKind.Absolute, out var url)) return Verdict.Broken("It is missing, or no absolute URL.");
        if (text.Contains('#')) return Verdict.Broken("It has a fragment.");
        return TokenEndpointRule.Find(session.Setup with { TokenEndpoint = null }, session.Documents, out var why) is null ? Verdict.Broken(why + ".") : Verdict.Pass();
    }

    private static Verdict AuthAlgorithms(ProbeSession session)
    {
        if (session.Documents.List("token_endpoint_auth_methods_supported")?.Any(method => method is "private_key_jwt" or "client_secret_jwt") is not true) return Verdict.Skipped("No JWT method is listed.");
        return session.Documents.List("token_endpoint_auth_signing_alg_values_supported") is { Count: > 0 } algorithms
            ? Verdict.Of(!algorithms.Contains("none"), "none is listed.") : Verdict.Broken("The member is missing or empty.");
    }

    private static Verdict Keys(ProbeSession session)
    {
        if (session.Documents.Text("jwks_uri") is null) return Verdict.Skipped("There is no jwks_uri.");
        if (session.Documents.Keys is not { IsThere: true, Json: { } json }) return Verdict.Broken("Nothing usable is there.");
        if (!json.TryGetProperty("keys", out var keys) || keys.ValueKind is not JsonValueKind.Array) return Verdict.Broken("It is no key set.");
        var secret = keys.EnumerateArray().Any(key => key.ValueKind is JsonValueKind.Object && ((string[])["d", "p", "q", "dp", "dq", "qi", "oth", "k"]).Any(name => key.TryGetProperty(name, out _)));
        return Verdict.Of(!secret, "A key is published with its private or symmetric half.");
    }

    private static Verdict DpopAlgorithms(ProbeSession session)
    {
        if (!session.Setup.Dpop) return Verdict.Skipped("Asked with --dpop.");
        return session.Documents.List("dpop_signing_alg_values_supported") is { Count: > 0 } algorithms
            ? Verdict.Of(!algorithms.Any(name => name is "none" || name.StartsWith("HS", StringComparison.Ordinal)), "Something that is not asymmetric is listed.") : Verdict.Broken("The member is missing or empty.");
    }

    private static bool Mentions(JsonElement json, string issuer) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString()!.Contains(issuer, StringComparison.Ordinal),
        JsonValueKind.Array => json.EnumerateArray().Any(one => Mentions(one, issuer)),
        JsonValueKind.Object => json.EnumerateObject().Any(member => Mentions(member.Value, issuer)),
        _ => false,
    };
}
