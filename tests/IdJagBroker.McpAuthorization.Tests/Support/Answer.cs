using System.Text.Json;
using System.Text.Json.Nodes;

namespace IdJagBroker.McpAuthorization.Tests.Support;

/// <summary>An HTTP answer, read.</summary>
public sealed record Answer(int Status, string Body, HttpResponseMessage Response)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();
    public string? Error => (string?)Json["error"];
    public string? Description => (string?)Json["error_description"];
    public string AccessToken => (string)Json["access_token"]!;
    public string? Header(string name) =>
        Response.Headers.TryGetValues(name, out var values) || Response.Content.Headers.TryGetValues(name, out values) ? string.Join("\n", values) : null;

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) =>
        new((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response);

    /// <summary>Refused in OAuth's form, not cached, with this code and, if given, these words.</summary>
    public void AssertRefused(int status, string code, string? description = null)
    {
        Assert.True(Status == status, $"{Status} {Body}");
        Assert.Equal("application/json", Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, Error);
        if (description is not null) Assert.Equal(description, Description);
        Assert.Equal("no-store", Header("Cache-Control"));
        Assert.DoesNotContain(JsonDocument.Parse(Body).RootElement.EnumerateObject(), member => member.Value.ValueKind is JsonValueKind.Null);
    }

    public Answer AssertIssued()
    {
        Assert.True(Status == 200, $"{Status} {Body}");
        return this;
    }
}
