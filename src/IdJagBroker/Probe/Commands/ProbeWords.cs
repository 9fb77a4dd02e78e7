using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Text;
using IdJagBroker.Audit.Commands;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol;

namespace IdJagBroker.Probe.Commands;

/// <summary>What a command line gave, with what has to be closed after it.</summary>
internal sealed record GivenProbe(ProbeSetup Setup, PrivateKey? ClientKey) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        if (Setup.Served is { } served) await served.DisposeAsync();
        Setup.Key.Dispose();
        ClientKey?.Dispose();
    }
}

/// <summary>The words of <c>idjag probe AS_URL</c>. Secrets and keys are named by file: what is on a command line, everybody on the machine can read.</summary>
internal static class ProbeWords
{
    private const int MaxSecretBytes = 4096;

    private static readonly Option<string?> Key = new("--key") { Description = "The private key of the test: probe-key.json of idjag probe key." };
    private static readonly Option<string?> SecretFile = new("--client-secret-file") { Description = "A file with the client's secret." };
    private static readonly Option<string?> ClientKey = new("--client-key") { Description = "A file with the client's private key (JWK with its kid, or PEM), for private_key_jwt." };
    private static readonly Option<bool> Public = new("--public") { Description = "The client has no credentials." };
    private static readonly Option<string?> ClientId = new("--client-id") { Description = "The client, by its id there." };
    private static readonly Option<string?> Resource = new("--resource") { Description = "The MCP server, by its resource identifier." };
    private static readonly Option<string?> Scope = new("--scope") { Description = "What good ID-JAGs grant, such as \"tickets:read tickets:comment\"; two or more, so that narrowing can be tried." };
    private static readonly Option<string?> Subject = new("--sub") { Description = "The person, as the server knows it from this issuer." };
    private static readonly Option<string?> Email = new("--email") { Description = "A verified e-mail address of the person, if the server goes by it." };
    private static readonly Option<string[]> Claims = new("--claim") { Description = "A further claim, NAME=VALUE, such as aud_sub=4711 or aud_tenant=ws_acme. Once for each." };
    private static readonly Option<string?> AuthMethod = new("--auth-method") { Description = "With a secret: basic, or post." };
    private static readonly Option<string> AssertionAudience = new("--client-assertion-aud") { DefaultValueFactory = _ => "issuer", Description = "With --client-key: issuer, or token-endpoint for servers that know RFC 7523 only." };
    private static readonly Option<string?> TokenEndpoint = new("--token-endpoint") { Description = "Where to send ID-JAGs, whatever the metadata says." };
    private static readonly Option<string?> Serve = new("--serve") { Arity = ArgumentArity.ZeroOrOne, Description = "ADDRESS:PORT at which the probe publishes its keys while it runs; without a value, where --issuer says." };
    private static readonly Option<bool> Dpop = new("--dpop") { Description = "Every ID-JAG is bound to a key, and comes with a proof." };
    private static readonly Option<bool> SingleUse = new("--single-use") { Description = "The server is to take each ID-JAG once." };
    private static readonly Option<bool> PrivateNetwork = new("--private-network") { Description = "The server may have a private address." };
    private static readonly Option<int> Timeout = new("--timeout") { DefaultValueFactory = _ => 10, Description = "Seconds that one call may take." };

    public static Argument<string?> Server { get; } = new("AS_URL") { Arity = ArgumentArity.ZeroOrOne, Description = "The authorization server, by its issuer identifier." };

    /// <summary>The issuer of the test, for <c>key</c> as well.</summary>
    public static Option<string?> Issuer { get; } = new("--issuer") { Description = "The issuer of the test, as the server is to trust it, such as https://probe.example." };

    public static IReadOnlyList<Option> Options { get; } =
        [Key, Issuer, ClientId, SecretFile, ClientKey, Public, AuthMethod.AcceptOnlyFromAmong("basic", "post"), AssertionAudience.AcceptOnlyFromAmong("issuer", "token-endpoint"), Resource, Scope, Subject, Email, Claims, Dpop, SingleUse, Serve, TokenEndpoint, PrivateNetwork, Timeout];

    /// <exception cref="StartupFailedException">Something is missing, malformed or contradicts itself.</exception>
    public static async Task<GivenProbe> ReadAsync(ParseResult parsed)
    {
        var server = IssuerOf(parsed.GetValue(Server) ?? throw new StartupFailedException("Give the authorization server: idjag probe https://as.example --key …"), "AS_URL");
        var issuer = IssuerOf(Needed(parsed, Issuer), "--issuer");
        var setup = new ProbeSetup
        {
            Server = server, Issuer = issuer.Value, Key = null!, Client = null!, Resource = ResourceOf(Needed(parsed, Resource)), Scope = ScopeOf(parsed.GetValue(Scope)), Subject = Needed(parsed, Subject),
            Email = parsed.GetValue(Email), Claims = ClaimsOf(parsed.GetValue(Claims) ?? []), Dpop = parsed.GetValue(Dpop), SingleUse = parsed.GetValue(SingleUse), Patience = PatienceOf(parsed.GetValue(Timeout)),
            PrivateNetwork = parsed.GetValue(PrivateNetwork), TokenEndpoint = EndpointOf(parsed.GetValue(TokenEndpoint), server),
        };
        if (server.Value == issuer.Value) throw new StartupFailedException("The server cannot be the issuer of the test: no server takes ID-JAGs of its own.");
        var client = ClientOf(parsed, out var clientKey);
        var key = PrivateKey.Read(Needed(parsed, Key));
        return new GivenProbe(setup with { Client = client, Key = key, Served = await ServedAsync(parsed, issuer, key) }, clientKey);
    }

    /// <summary>An issuer identifier: https, or http on loopback.</summary>
    /// <exception cref="StartupFailedException">It is none.</exception>
    public static Issuer IssuerOf(string text, string what) => Protocol.Issuer.TryParse(text, allowLoopbackHttp: true, out var issuer)
        ? issuer : throw new StartupFailedException($"{what} is an https URL without query or fragment; plain http is for loopback only.");

    /// <exception cref="StartupFailedException">It is not there.</exception>
    public static string Needed(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is { Length: > 0 } given ? given : throw new StartupFailedException($"Give {option.Name}.");

    private static ClientProof ClientOf(ParseResult parsed, out PrivateKey? key)
    {
        key = null;
        var id = Needed(parsed, ClientId);
        var (secretFile, keyFile, none) = (parsed.GetValue(SecretFile), parsed.GetValue(ClientKey), parsed.GetValue(Public));
        if ((secretFile is null ? 0 : 1) + (keyFile is null ? 0 : 1) + (none ? 1 : 0) is not 1) throw new StartupFailedException("Give one of --client-secret-file, --client-key and --public.");
        if (none) return ClientProof.None(id);
        if (keyFile is not null) return ClientProof.OfKey(id, key = PrivateKey.Read(keyFile), parsed.GetValue(AssertionAudience) is "token-endpoint");
        var secret = Encoding.UTF8.GetString(GivenKeys.ReadFile(secretFile!, MaxSecretBytes)).Trim();
        return secret.Length > 0 ? ClientProof.OfSecret(id, secret, parsed.GetValue(AuthMethod) is not "post") : throw new StartupFailedException($"{secretFile} holds no secret.");
    }

    private static async Task<KeyServer?> ServedAsync(ParseResult parsed, Issuer issuer, PrivateKey key)
    {
        if (parsed.GetResult(Serve) is null) return null;
        var given = parsed.GetValue(Serve);
        if (string.IsNullOrEmpty(given) && !issuer.Url.IsLoopback) throw new StartupFailedException("Give --serve ADDRESS:PORT: the host of --issuer is not this machine.");
        var text = string.IsNullOrEmpty(given) ? $"{(issuer.Url.HostNameType is UriHostNameType.Dns ? "127.0.0.1" : issuer.Url.Host)}:{issuer.Url.Port.ToString(CultureInfo.InvariantCulture)}" : given;
        if (!IPEndPoint.TryParse(text, out var address) || address.Port is 0) throw new StartupFailedException("--serve is ADDRESS:PORT, such as 127.0.0.1:7400; put AS_URL before it.");
        try
        {
            return await KeyServer.StartAsync(address, issuer, key);
        }
        catch (IOException)
        {
            throw new StartupFailedException($"Nothing can be served at {address}: it is in use, or not of this machine.");
        }
    }

    private static string ResourceOf(string text) => ResourceIndicator.TryParse(text, out _) ? text : throw new StartupFailedException("--resource is an absolute URL without a fragment.");

    private static ScopeSet ScopeOf(string? text) => ScopeSet.TryParse(text, out var scope) ? scope : throw new StartupFailedException("--scope has a character that scopes have not.");

    private static TimeSpan PatienceOf(int seconds) => seconds is >= 1 and <= 300 ? TimeSpan.FromSeconds(seconds) : throw new StartupFailedException("--timeout is 1 to 300 seconds.");

    private static Uri? EndpointOf(string? text, Issuer server)
    {
        if (text is null) return null;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.UserInfo.Length is 0 && url.Fragment.Length is 0 && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback && server.Url.IsLoopback))
            ? url : throw new StartupFailedException("--token-endpoint is an https URL; plain http is for loopback only, and for a server that is there itself.");
    }

    private static Dictionary<string, string> ClaimsOf(string[] words)
    {
        var claims = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (word.Split('=', 2) is not [{ Length: > 0 } name, var value]) throw new StartupFailedException($"'{word}' is not of the form NAME=VALUE.");
            if (name is "iss" or "sub" or "aud" or "client_id" or "jti" or "iat" or "exp" or "nbf" or "resource" or "scope" or "cnf" or "email" or "email_verified") throw new StartupFailedException($"--claim does not set {name}: the probe does, or another option.");
            if (!claims.TryAdd(name, value)) throw new StartupFailedException($"--claim {name} is given twice.");
        }
        return claims;
    }
}
