using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace IdJagBroker.Keys.KeyVault;

/// <summary>
/// Makes one call of a vault: within its deadline, through circuit and retry budget, with a token. Each outcome becomes an answer or one
/// of three exceptions; nothing else leaves here, but the caller's own cancellation.
/// </summary>
internal sealed partial class VaultPipeline : IDisposable
{
    private const int MaxAnswerBytes = 256 * 1024;

    private readonly KeyVaultChallengePolicy _authentication;
    private readonly HttpPipeline _pipeline;
    private readonly RetryBudget _retries = new();
    private readonly VaultCircuit _circuit;
    private readonly KeyVaultLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;

    public VaultPipeline(VaultAddress vault, TokenCredential credential, HttpPipelineTransport transport, KeyVaultLimits limits, TimeProvider time, ILogger log)
    {
        (_limits, _time, _log) = (limits, time, log);
        Clock = new VaultClock(time, log);
        _circuit = new VaultCircuit(time);
        _authentication = new KeyVaultChallengePolicy(vault, credential, time, log);
        var options = new PipelineOptions { Transport = transport, RetryPolicy = new KeyVaultRetryPolicy(_retries) };
        options.Retry.NetworkTimeout = limits.Attempt;
        options.Diagnostics.IsLoggingContentEnabled = false;
        options.Diagnostics.IsTelemetryEnabled = false;
        _pipeline = HttpPipelineBuilder.Build(options, _authentication);
    }

    private sealed class PipelineOptions : ClientOptions;

    public VaultClock Clock { get; }

    /// <inheritdoc cref="VaultCircuit.IsOpen"/>
    public bool IsPaused(out TimeSpan retryAfter) => _circuit.IsOpen(out retryAfter);

    /// <exception cref="KeyVaultUnavailableException">No usable answer in time.</exception>
    /// <exception cref="KeyVaultThrottledException">429, now or just before.</exception>
    /// <exception cref="KeyVaultRefusedException">4xx.</exception>
    public async Task<VaultAnswer> SendAsync(VaultCall call, CancellationToken ct)
    {
        var began = _circuit.Enter();
        _retries.Earn();
        using var message = MessageFor(call);
        using var deadline = new CancellationTokenSource(call.MakesKey ? _limits.CreationDeadline : _limits.Deadline, _time);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            await _pipeline.SendAsync(message, ended.Token);
            Clock.Observe(message.Response);
            var answer = await OutcomeAsync(call, message.Response, ended.Token);
            _circuit.Answered();
            return answer;
        }
        catch (KeyVaultThrottledException e)
        {
            _circuit.Throttled(e.RetryAfter!.Value);
            Throttled(_log, call.Operation, (int)e.RetryAfter.Value.TotalSeconds);
            throw;
        }
        catch (KeyVaultRefusedException e)
        {
            _circuit.Answered();
            Refused(_log, e.Status is 404 && call.Method == RequestMethod.Get ? LogLevel.Information : LogLevel.Error, call.Operation, call.Target.AbsolutePath, e.Status, e.Code, message.Request.ClientRequestId);
            throw;
        }
        catch (Exception e) when (!ct.IsCancellationRequested && IsFailure(e))
        {
            _circuit.Failed(began);
            var failure = e as KeyVaultUnavailableException ?? new KeyVaultUnavailableException(
                deadline.IsCancellationRequested ? $"The vault did not {call.Operation} in time." : $"The vault could not be asked to {call.Operation}.", inner: e);
            Failed(_log, call.Operation, failure.Message, message.Request.ClientRequestId);
            throw failure;
        }
        finally
        {
            if (call.Body is not null) CryptographicOperations.ZeroMemory(call.Body);
        }
    }

    public void Dispose() => _authentication.Dispose();

    private HttpMessage MessageFor(VaultCall call)
    {
        var message = _pipeline.CreateMessage();
        message.BufferResponse = false;         // read below, so far and no further
        message.Request.Method = call.Method;
        message.Request.Uri.Reset(call.Target);
        message.Request.Headers.SetValue("Accept", "application/json");
        if (call.Body is not null)
        {
            message.Request.Headers.SetValue("Content-Type", "application/json");
            message.Request.Content = RequestContent.Create(call.Body);
        }
        if (call.MakesKey)
        {
            KeyVaultRetryPolicy.Once(message);
            message.NetworkTimeout = _limits.CreationDeadline;
        }
        return message;
    }

    private async Task<VaultAnswer> OutcomeAsync(VaultCall call, Response response, CancellationToken ct)
    {
        var bytes = await ReadAsync(response, ct);
        switch (response.Status)
        {
            case 200:
                return new VaultAnswer(bytes);
            case 429:
                throw new KeyVaultThrottledException(RetryAfterOf(response) ?? TimeSpan.FromSeconds(1));
            case 401:
                throw new KeyVaultUnavailableException("The vault does not accept this service's token.");
            case >= 400 and < 500:
                throw new KeyVaultRefusedException(call.Operation, response.Status, CodeOf(bytes));
            default:
                throw new KeyVaultUnavailableException($"The vault answered {response.Status}.", RetryAfterOf(response));
        }
    }

    // Answers are short; a list may be longer. Each buffer is erased: there can be an unwrapped key in it.
    private static async Task<byte[]> ReadAsync(Response response, CancellationToken ct)
    {
        if (response.ContentStream is not { } stream) return [];
        var (buffer, length) = (new byte[4096], 0);
        try
        {
            for (int read; (read = await stream.ReadAsync(buffer.AsMemory(length), ct)) > 0;)
            {
                length += read;
                if (length > MaxAnswerBytes) throw VaultAnswer.Unusable("it is too long");
                if (length < buffer.Length) continue;
                var larger = new byte[Math.Min(buffer.Length * 4, MaxAnswerBytes + 1)];
                buffer.CopyTo(larger, 0);
                CryptographicOperations.ZeroMemory(buffer);
                buffer = larger;
            }
            return buffer[..length];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private TimeSpan? RetryAfterOf(Response response)
    {
        if (!response.Headers.TryGetValue("Retry-After", out var value)) return null;
        var wait = int.TryParse(value, out var seconds) ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var at) ? at - _time.GetUtcNow() : TimeSpan.Zero;
        return wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait > _limits.LongestRetryAfter ? _limits.LongestRetryAfter : wait;
    }

    // {"error":{"code":"Forbidden","message":"…","innererror":{"code":"KeyDisabled"}}}: the codes only.
    private static string CodeOf(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            var error = document.RootElement.GetProperty("error");
            var named = error.TryGetProperty("innererror", out var inner) && inner.ValueKind is JsonValueKind.Object && inner.TryGetProperty("code", out var detail)
                ? detail : error.GetProperty("code");
            return named.GetString() is { } code && ErrorCode().IsMatch(code) ? code : "Unknown";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return "Unknown";
        }
    }

    // What Azure.Core, Azure.Identity and the network throw. A bug of ours is none of it.
    private static bool IsFailure(Exception e) => e is KeyVaultUnavailableException or OperationCanceledException or RequestFailedException or AggregateException
        or AuthenticationFailedException or HttpRequestException or IOException or JsonException;

    [GeneratedRegex("^[A-Za-z0-9]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorCode();

    [LoggerMessage(1803, LogLevel.Warning, "The vault is throttled ({Operation}); it is not asked again for {Seconds} s")]
    private static partial void Throttled(ILogger logger, string operation, int seconds);

    // A key that is looked for and not there is made; what cannot do without it says so itself.
    [LoggerMessage(EventId = 1804, Message = "The vault refused to {Operation} ({Path}): {Status} {Code}; its log has it as request {RequestId}")]
    private static partial void Refused(ILogger logger, LogLevel level, string operation, string path, int status, string code, string requestId);

    [LoggerMessage(1805, LogLevel.Warning, "The vault did not {Operation}: {Reason} Its log may have it as request {RequestId}")]
    private static partial void Failed(ILogger logger, string operation, string reason, string requestId);
}
