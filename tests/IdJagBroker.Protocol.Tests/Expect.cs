using System.Text;
using System.Text.Json;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

/// <summary>The two ends of a walk, as assertions.</summary>
internal static class Expect
{
    public static T Granted<T>(OAuthResult<T> result) where T : notnull
    {
        Assert.False(result.IsRefused(out var value, out var refusal), refusal?.Description);
        return value!;
    }

    public static OAuthError Refused<T>(OAuthResult<T> result, string code, int status = 400) where T : notnull
    {
        Assert.True(result.IsRefused(out _, out var refusal), "not refused");
        Assert.Equal((code, status), (refusal.Code, refusal.Status));
        return refusal;
    }

    public static OAuthForm Form(string body) => Granted(OAuthForm.Parse(Encoding.UTF8.GetBytes(body)));

    public static OAuthForm Form(params (string Name, string Value)[] parameters) =>
        Form(string.Join('&', parameters.Select(p => $"{Uri.EscapeDataString(p.Name)}={Uri.EscapeDataString(p.Value)}")));

    public static JsonElement Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer)) write(json);
        return JsonDocument.Parse(buffer.ToArray()).RootElement;
    }
}
