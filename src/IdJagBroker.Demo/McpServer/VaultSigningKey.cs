using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Demo.McpServer;

/// <summary>
/// The authorization server's key in Azure Key Vault or a Managed HSM: a P-256 key whose private half never leaves it, so each access token is
/// signed by a call. It is one version of the key, read once; after a rotation in the vault open the new one, and keep the old one's public half
/// in <c>PublishedKeys</c> until its tokens have expired.
/// </summary>
internal sealed class VaultSigningKey : ISigningKey, IDisposable
{
    private const string Query = "?api-version=7.4";
    private const int SignatureBytes = 64;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly HttpPipeline _vault;
    private readonly ECDsa _public;

    private VaultSigningKey(HttpPipeline vault, Uri id, ECDsa publicHalf) => (_vault, Id, _public, PublicKey) = (vault, id, publicHalf, JsonWebKey.Of(publicHalf));

    /// <summary>The version of the key.</summary>
    public Uri Id { get; }

    /// <inheritdoc/>
    public JsonWebKey PublicKey { get; }

    /// <inheritdoc/>
    public JwsAlgorithm Algorithm => JwsAlgorithm.ES256;

    /// <summary>Reads the public half, and signs once, so that a key that cannot is found at the start and not by a client.</summary>
    /// <param name="key"><c>https://NAME.vault.azure.net/keys/KEY</c>, or one version of it.</param>
    /// <param name="credential">Who this server is to the vault: <c>new DefaultAzureCredential()</c>, a managed or workload identity. It needs the role Key Vault Crypto User.</param>
    /// <param name="transport">The connections; null: those of Azure.Core.</param>
    /// <param name="ct">Ends the attempt.</param>
    /// <exception cref="VaultSigningException">The vault does not answer, refuses, or has another sort of key there.</exception>
    public static async Task<VaultSigningKey> OpenAsync(Uri key, TokenCredential credential, HttpPipelineTransport? transport, CancellationToken ct)
    {
        if (key.Scheme != Uri.UriSchemeHttps || !key.AbsolutePath.StartsWith("/keys/", StringComparison.Ordinal) || key.Query is not "")
            throw new VaultSigningException($"{key} is no key of a vault.");
        var vault = PipelineTo(key, credential, transport);
        using var answer = await CallAsync(vault, RequestMethod.Get, new Uri(key + Query), null, ct);
        var opened = Open(vault, key, answer.RootElement);
        try
        {
            await opened.SignDigestAsync(SHA256.HashData("start"u8), ct);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="VaultSigningException">The vault did not sign, or not with this key.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> SignDigestAsync(ReadOnlyMemory<byte> digest, CancellationToken ct)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { alg = Algorithm.Name, value = Base64Url.EncodeToString(digest.Span) });
        using var answer = await CallAsync(_vault, RequestMethod.Post, new Uri($"{Id}/sign{Query}"), body, ct);
        var signature = new byte[SignatureBytes];
        // What leaves here verifies with what is published, whatever stands at the vault's address.
        return answer.RootElement.TryGetProperty("value", out var value) && value.ValueKind is JsonValueKind.String
            && Base64Url.DecodeFromChars(value.GetString(), signature, out _, out var written) is OperationStatus.Done && written is SignatureBytes
            && _public.VerifyHash(digest.Span, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            ? signature : throw new VaultSigningException("What the vault answered is no signature of this key.");
    }

    /// <summary>Lets go of the public half; the private one was never here.</summary>
    public void Dispose() => _public.Dispose();

    private sealed class VaultOptions : ClientOptions;

    private static HttpPipeline PipelineTo(Uri key, TokenCredential credential, HttpPipelineTransport? transport)
    {
        var options = new VaultOptions();
        if (transport is not null) options.Transport = transport;
        options.Retry.MaxRetries = 1;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.NetworkTimeout = Deadline / 2;
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        // The resource that a token is for is the vault's host without the vault's name, in every cloud: a token for another one is never asked for.
        var resource = key.Host[(key.Host.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, $"https://{resource}/.default"));
    }

    private static VaultSigningKey Open(HttpPipeline vault, Uri asked, JsonElement answer)
    {
        try
        {
            var jwk = answer.GetProperty("key");
            var id = new Uri(jwk.GetProperty("kid").GetString()!);
            // For good the version that was read: another one has another public half.
            var isAsked = id.Authority == asked.Authority && (id == asked || id.AbsoluteUri.StartsWith(asked.AbsoluteUri + "/", StringComparison.Ordinal)) && id.Segments.Length is 4;
            if (!isAsked) throw new VaultSigningException("The vault answered with another key.");
            if (jwk.GetProperty("kty").GetString() is not ("EC" or "EC-HSM") || jwk.GetProperty("crv").GetString() is not "P-256") throw new VaultSigningException("It must be a P-256 key.");
            if (answer.GetProperty("attributes").TryGetProperty("exportable", out var exportable) && exportable.ValueKind is JsonValueKind.True)
                throw new VaultSigningException("It may leave the vault, so that its signature proves nothing about who signed.");
            var point = new ECPoint { X = Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()) };
            return new VaultSigningKey(vault, id, ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point }));
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or CryptographicException or ArgumentException)
        {
            throw new VaultSigningException("What the vault answered is no key.", e);
        }
    }

    private static async Task<JsonDocument> CallAsync(HttpPipeline vault, RequestMethod method, Uri target, byte[]? body, CancellationToken ct)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(Deadline);
        using var message = vault.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(target);
        if (body is not null)
        {
            message.Request.Headers.SetValue("Content-Type", "application/json");
            message.Request.Content = RequestContent.Create(body);
        }
        try
        {
            await vault.SendAsync(message, deadline.Token);
            return message.Response.Status is 200
                ? JsonDocument.Parse(message.Response.Content.ToMemory())
                : throw new VaultSigningException($"The vault answered {message.Response.Status}.");        // and no more: its text may say who asked
        }
        catch (Exception e) when (e is not VaultSigningException && !ct.IsCancellationRequested)
        {
            throw new VaultSigningException("The vault did not answer.", e);
        }
    }
}
