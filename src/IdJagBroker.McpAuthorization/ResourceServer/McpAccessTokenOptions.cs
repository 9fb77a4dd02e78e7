using Microsoft.AspNetCore.Authentication;

namespace IdJagBroker.McpAuthorization.ResourceServer;

/// <summary>Whose access tokens a scheme takes.</summary>
public sealed class McpAccessTokenOptions : AuthenticationSchemeOptions
{
    /// <summary>The name of the scheme unless another is given.</summary>
    public const string DefaultScheme = "McpAccessToken";

    /// <summary>The <see cref="McpResourceServerOptions.Resource"/>, if there are several.</summary>
    public string? Resource { get; set; }
}
