using System.Text.Json;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class AuthorizationServerMetadataTests
{
    [Fact, Trait("Spec", "META-09"), Trait("Spec", "META-16")]
    public void What_clients_insist_on_is_always_there_and_nothing_is_null()
    {
        var metadata = new AuthorizationServerMetadata
        {
            Issuer = "https://as.example", AuthorizationEndpoint = "https://as.example/authorize", TokenEndpoint = "https://as.example/token",
            JwksUri = "https://as.example/jwks", GrantTypesSupported = [GrantType.JwtBearer], TokenEndpointAuthMethodsSupported = ["private_key_jwt"],
        };

        var json = JsonDocument.Parse(metadata.ToUtf8()).RootElement;

        Assert.Equal(
            ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "grant_types_supported",
                "code_challenge_methods_supported", "token_endpoint_auth_methods_supported"],
            json.EnumerateObject().Select(member => member.Name));
        Assert.Equal("""["code"]""", json.GetProperty("response_types_supported").GetRawText());
        Assert.Equal("""["S256"]""", json.GetProperty("code_challenge_methods_supported").GetRawText());
    }

    [Theory, Trait("Spec", "META-02")]
    [InlineData("https://as.example", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")]
    [InlineData("https://as.example/", "/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")]
    [InlineData("https://as.example/t/a",
        "/.well-known/oauth-authorization-server/t/a", "/.well-known/openid-configuration/t/a",
        "/t/a/.well-known/oauth-authorization-server", "/t/a/.well-known/openid-configuration")]
    public void The_document_is_found_where_clients_look(string issuer, params string[] paths)
    {
        Assert.True(Issuer.TryParse(issuer, false, out var parsed));
        Assert.Equal(paths, AuthorizationServerMetadata.PathsFor(parsed));
    }
}
