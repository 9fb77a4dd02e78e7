using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace IdJagBroker.Probe;

/// <summary>A JWT in the making, to be spoiled in one place before it is signed or after: what <see cref="Protocol.Jws"/> rightly refuses to write.</summary>
internal sealed class JwtDraft(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign)
{
    public JsonObject Header { get; } = header;

    public JsonObject Claims { get; } = claims;

    /// <summary>The claims as text, where an object cannot say it: a member twice.</summary>
    public string? RawClaims { get; set; }

    public Func<byte[], byte[]> Sign { get; set; } = sign;

    /// <summary>Spoils what is signed.</summary>
    public Func<string, string> Mangle { get; set; } = token => token;

    /// <summary>The compact form.</summary>
    public string Encode()
    {
        var input = Part(Header.ToJsonString()) + "." + Part(RawClaims ?? Claims.ToJsonString());
        return Mangle(input + "." + Base64Url.EncodeToString(Sign(Encoding.ASCII.GetBytes(input))));
    }

    private static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
}
