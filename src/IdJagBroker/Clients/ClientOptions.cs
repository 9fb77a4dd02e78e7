using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Clients;

/// <summary>What client authentication needs. Bound to <c>Clients</c>.</summary>
internal sealed class ClientOptions
{
    /// <summary>
    /// The server-side key under which client secrets are hashed: 32 bytes, base64url. Whoever has the catalogue but not this key cannot
    /// test a guess. In Development it is made at first start.
    /// </summary>
    [Required]
    public string SecretKey { get; set; } = "";
}
