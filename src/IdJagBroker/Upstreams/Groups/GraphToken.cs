using System.Collections.Concurrent;
using System.Text.Json;
using IdJagBroker.Policies;

namespace IdJagBroker.Upstreams.Groups;

/// <summary>The application's own access tokens for Graph, one for each tenant (RFC 6749 §4.4), kept until a minute before they expire.</summary>
/// <param name="login">The tenants' token endpoints.</param>
/// <param name="directory">The application.</param>
/// <param name="secret">Its secret; read anew for each token, so that it can be rotated.</param>
/// <param name="clock">The clock.</param>
internal sealed class GraphToken(DirectoryHttp login, CatalogGroupDirectory directory, Func<string> secret, TimeProvider clock)
{
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<Guid, (string Token, DateTimeOffset Until)> _tokens = new();

    /// <summary>A token for a tenant, which the catalogue pins: there are never more tokens than tenants.</summary>
    public async Task<string> GetAsync(Guid tenant, CancellationToken ct)
    {
        if (_tokens.TryGetValue(tenant, out var known) && clock.GetUtcNow() < known.Until) return known.Token;
        using var request = new HttpRequestMessage(HttpMethod.Post, login.At($"/{tenant:D}/oauth2/v2.0/token"));
        request.Content = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", directory.ClientId!), new("client_secret", secret()),
            new("scope", new Uri(directory.BaseUrl, "/.default").ToString()),
        ]);
        var answer = await login.SendAsync(request, "", ct) ?? throw new GroupDirectoryException("There is no token endpoint.");
        using (answer.Json)
        {
            var fresh = Read(answer.Json.RootElement);
            _tokens[tenant] = fresh;
            return fresh.Token;
        }
    }

    /// <summary>Drops a token that did not serve.</summary>
    public void Forget(Guid tenant) => _tokens.TryRemove(tenant, out _);

    private (string Token, DateTimeOffset Until) Read(JsonElement answer)
    {
        if (answer.ValueKind is JsonValueKind.Object
            && answer.TryGetProperty("access_token", out var token) && token.ValueKind is JsonValueKind.String
            && token.GetString() is { Length: > 0 and <= 16 * 1024 } text && text.All(c => c is > ' ' and < '\x7f')
            && answer.TryGetProperty("expires_in", out var life) && life.ValueKind is JsonValueKind.Number && life.TryGetInt32(out var seconds) && seconds > 0)
            return (text, clock.GetUtcNow() + TimeSpan.FromSeconds(seconds) - Margin);
        throw new GroupDirectoryException("The token endpoint's answer is no token.");
    }
}
