using System.Net;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using IdJagBroker.Demo.McpServer;
using IdJagBroker.McpAuthorization;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;

namespace IdJagBroker.EndToEndTests.McpServer;

/// <summary>The notes server with its key in a vault, over TLS: what a vendor copies.</summary>
public sealed class VaultSigningKeyTests : IAsyncLifetime
{
    private const string ClientId = "cl-notes";
    private const string Secret = "a secret of more than thirty-two characters";

    private readonly HttpClient _http = new();
    private StandInVault _vault = null!;
    private HttpClient _toVault = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Uri Key => new(_vault.Url, "keys/notes");

    private int Signatures => _vault.Calls.Count(call => call.Operation is "sign");

    public async ValueTask InitializeAsync()
    {
        _vault = await StandInVault.StartAsync();
        var root = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        root.CustomTrustStore.ImportFromPem(_vault.RootCertificatePem);
        _toVault = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = root } });
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _toVault.Dispose();
        await _vault.DisposeAsync();
    }

    private async Task MakeAsync(string type = "EC", string? curve = "P-256", bool exportable = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Key + "/create?api-version=7.4"))
        {
            Headers = { Authorization = new("Bearer", _vault.Tokens.Issue(VaultRole.CryptoOfficer)) },
            Content = JsonContent.Create(new { kty = type, crv = curve, key_ops = (string[])["sign", "verify"], attributes = new { exportable } }),
        };
        using var response = await _toVault.SendAsync(request, Ct);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Ct));
    }

    private Task<VaultSigningKey> OpenAsync(Uri? key = null)
    {
        var token = _vault.Tokens.Issue(VaultRole.CryptoUser);
        return VaultSigningKey.OpenAsync(key ?? Key, DelegatedTokenCredential.Create((_, _) => new AccessToken(token, DateTimeOffset.MaxValue)), new HttpClientTransport(_toVault), Ct);
    }

    private async Task<JsonObject> RedeemAsync(LoopbackBroker broker, NotesServer server)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = GrantType.JwtBearer, ["client_id"] = ClientId, ["client_secret"] = Secret,
            ["assertion"] = await broker.IdJagAsync("ana", server.Issuer, server.Resource, ClientId, "notes:read"),
        });
        using var response = await _http.PostAsync(server.Issuer + "/token", form, Ct);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Ct))!.AsObject();
    }

    private async Task<HttpStatusCode> ListAsync(NotesServer server, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Resource)
        {
            Content = JsonContent.Create(new { jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name = "notes.list", arguments = new { } } }),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await _http.SendAsync(request, Ct);
        return response.StatusCode;
    }

    [Fact]
    public async Task Signs_each_access_token_in_the_vault_and_none_while_that_is_away()
    {
        await MakeAsync();
        using var key = await OpenAsync();
        await using var broker = await LoopbackBroker.StartAsync();
        await using var server = NotesServer.Create(new NotesServerOptions { Broker = broker.Issuer, Clients = [new IdJagClient { ClientId = ClientId, Secret = Secret }], SigningKey = key });
        await server.StartAsync(Ct);
        var before = Signatures;
        var token = (string)(await RedeemAsync(broker, server))["access_token"]!;

        Assert.Equal(before + 1, Signatures);
        var jwks = JsonWebKeySet.TryParse(await _http.GetByteArrayAsync(new Uri(server.Issuer + "/jwks"), Ct))!;
        Assert.Equal(key.PublicKey.Thumbprint, Assert.Single(jwks.Keys).KeyId);
        Assert.Equal(HttpStatusCode.OK, await ListAsync(server, token));

        _vault.Faults.Always(Fault.Status(503));
        var refused = await RedeemAsync(broker, server);
        Assert.Equal(("server_error", null), ((string?)refused["error"], refused["access_token"]));
        Assert.Equal(HttpStatusCode.OK, await ListAsync(server, token));       // what was signed needs no vault
        _vault.Faults.Clear();
        Assert.NotNull((await RedeemAsync(broker, server))["access_token"]);
    }

    [Fact]
    public async Task Gives_out_no_signature_of_another_key_and_none_of_another_length()
    {
        await MakeAsync();
        using var key = await OpenAsync();
        var digest = SHA256.HashData("to be signed"u8);
        foreach (var value in (string[])[System.Buffers.Text.Base64Url.EncodeToString(new byte[64]), System.Buffers.Text.Base64Url.EncodeToString(new byte[63]), "", "not base64!"])
        {
            _vault.Faults.Next(1, Fault.Change(answer => answer["value"] = value), call => call.Operation is "sign");
            await Assert.ThrowsAsync<VaultSigningException>(() => key.SignDigestAsync(digest, Ct).AsTask());
        }
        Assert.Equal(64, (await key.SignDigestAsync(digest, Ct)).Length);
    }

    [Fact]
    public async Task Stays_with_its_version_when_the_key_is_rotated()
    {
        await MakeAsync();
        using var key = await OpenAsync();
        await MakeAsync();
        await key.SignDigestAsync(SHA256.HashData("to be signed"u8), Ct);
        using var next = await OpenAsync();
        Assert.NotEqual(key.Id, next.Id);
        using var pinned = await OpenAsync(key.Id);
        Assert.Equal(key.PublicKey.Thumbprint, pinned.PublicKey.Thumbprint);
    }

    [Theory]
    [InlineData("RSA", null, false), InlineData("EC", "P-384", false), InlineData("EC", "P-256", true)]
    public async Task Opens_no_key_of_another_sort_and_none_that_may_leave_the_vault(string type, string? curve, bool exportable)
    {
        await MakeAsync(type, curve, exportable);
        await Assert.ThrowsAsync<VaultSigningException>(() => OpenAsync());
        Assert.Equal(0, Signatures);
    }

    [Fact]
    public async Task Opens_no_other_key_than_was_asked_for_and_none_that_is_not_there()
    {
        await Assert.ThrowsAsync<VaultSigningException>(() => OpenAsync());
        await MakeAsync();
        foreach (var kid in (string[])["https://evil.example/keys/notes/1", $"{_vault.Url}keys/notes-2/1", $"{_vault.Url}keys/notes"])
        {
            _vault.Faults.Next(1, Fault.Change(answer => answer["key"]!["kid"] = kid));
            await Assert.ThrowsAsync<VaultSigningException>(() => OpenAsync());
        }
        foreach (var no in (string[])["http://contoso.vault.azure.net/keys/notes", "https://contoso.vault.azure.net/secrets/notes", "https://contoso.vault.azure.net/keys/notes?x=1"])
            await Assert.ThrowsAsync<VaultSigningException>(() => OpenAsync(new Uri(no)));
    }
}
