using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

/// <summary>What a metadata document says of signing in and of public clients; of keys, the tests of those who fetch them.</summary>
public sealed class ClientMetadataTests
{
    private const string Address = "https://ide.example/client.json";

    private static ClientMetadata? Read(Action<JsonObject> change, out string? fault)
    {
        Assert.True(ClientDocumentUrl.TryParse(Address, out var url));
        var document = new JsonObject
        {
            ["client_id"] = Address, ["token_endpoint_auth_method"] = "none", ["redirect_uris"] = new JsonArray("http://127.0.0.1/cb", "https://ide.example/cb"),
            ["post_logout_redirect_uris"] = new JsonArray("https://ide.example/bye"), ["client_name"] = "An IDE",
        };
        change(document);
        ClientMetadata.TryParse(Encoding.UTF8.GetBytes(document.ToJsonString()), url, _ => true, out var metadata, out fault);
        return metadata;
    }

    private static ClientMetadata Read(Action<JsonObject> change)
    {
        var metadata = Read(change, out var fault);
        Assert.Null(fault);
        return metadata!;
    }

    [Fact, Trait("Spec", "CIMD-04")]
    public void Says_where_people_are_sent_back_to_and_what_the_client_calls_itself()
    {
        var metadata = Read(_ => { });
        Assert.Equal(["http://127.0.0.1/cb", "https://ide.example/cb"], metadata.RedirectUris);
        Assert.Equal(["https://ide.example/bye"], metadata.PostLogoutRedirectUris);
        Assert.Equal(("An IDE", false, null, null), (metadata.Name, metadata.DpopBoundAccessTokens, metadata.SignInFault, metadata.PublicFault));
    }

    [Fact]
    public void Needs_no_name_and_no_address_for_after_signing_out()
    {
        var metadata = Read(document => (document.Remove("client_name"), document.Remove("post_logout_redirect_uris")).ToString());
        Assert.Equal((null, null, 2, 0), (metadata.Name, metadata.SignInFault, metadata.RedirectUris.Length, metadata.PostLogoutRedirectUris.Length));
    }

    [Theory]
    [InlineData("redirect_uris", "null", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "7", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "[\"https://ide.example/cb\", 7]", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "[\"https://ide.example/cb\", \"http://ide.example/cb\"]", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "[\"https://ide.example/cb\", \"javascript:alert(1)\"]", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "[\"https://ide.example/*\"]", "a redirect URI of the document is malformed")]
    [InlineData("redirect_uris", "[]", "the document has no redirect_uris")]
    [InlineData("post_logout_redirect_uris", "[\"data:text/html,x\"]", "a post-logout redirect URI of the document is malformed")]
    [InlineData("client_name", "7", "the document's client_name is malformed")]
    [InlineData("client_name", "\"\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"   \"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"LONG\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u0000IDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\nIDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u007fIDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u0085IDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u202eIDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u200bIDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\u2028IDE\"", "the document's client_name is malformed")]
    [InlineData("client_name", "\"An\\ue000IDE\"", "the document's client_name is malformed")]
    public void Uses_nothing_for_signing_in_if_one_thing_is_wrong_and_says_what(string member, string value, string fault)
    {
        var metadata = Read(document => document[member] = JsonNode.Parse(value.Replace("LONG", new string('n', 101), StringComparison.Ordinal)));
        Assert.Equal(fault, metadata.SignInFault);
        Assert.Empty(metadata.RedirectUris);
        Assert.Empty(metadata.PostLogoutRedirectUris);
        Assert.Null(metadata.Name);
        Assert.Null(metadata.PublicFault);
    }

    [Fact]
    public void Takes_a_name_of_a_hundred_characters_of_any_script()
    {
        var name = "編集者 Ünïcode 🛠 <b>&amp;</b>".PadRight(100, 'x');
        Assert.Equal(name, Read(document => document["client_name"] = name).Name);
    }

    [Fact]
    public void Has_nowhere_to_send_people_if_it_does_not_say_where() =>
        Assert.Equal("the document has no redirect_uris", Read(document => document.Remove("redirect_uris")).SignInFault);

    [Theory]
    [InlineData(32, null)]
    [InlineData(33, "a redirect URI of the document is malformed")]
    public void Reads_32_addresses(int count, string? fault) =>
        Assert.Equal(fault, Read(document => document["redirect_uris"] = new JsonArray([.. Enumerable.Range(0, count).Select(i => (JsonNode)$"https://ide.example/{i}")])).SignInFault);

    [Theory, Trait("Spec", "C-18")]
    [InlineData("token_endpoint_auth_method", "\"client_secret_basic\"", "the document's token_endpoint_auth_method is not none")]
    [InlineData("token_endpoint_auth_method", "\"NONE\"", "the document's token_endpoint_auth_method is not none")]
    [InlineData("client_secret", "\"s\"", "the document holds a client secret")]
    [InlineData("jwks", "{\"keys\":[]}", "the document of a public client holds keys")]
    [InlineData("jwks_uri", "\"https://ide.example/jwks\"", "the document of a public client holds keys")]
    [InlineData("jwks_uri", "7", "the document of a public client holds keys")]
    public void Is_not_a_public_clients_if_it_says_or_holds_more(string member, string value, string fault) =>
        Assert.Equal(fault, Read(document => document[member] = JsonNode.Parse(value)).PublicFault);

    [Fact, Trait("Spec", "C-18")]
    public void Is_not_a_public_clients_if_it_does_not_say_so() =>
        Assert.Equal("the document's token_endpoint_auth_method is not none", Read(document => document.Remove("token_endpoint_auth_method")).PublicFault);

    [Theory, Trait("Spec", "POP-12")]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void Says_whether_it_always_proves_to_hold_a_key(string value, bool must) =>
        Assert.Equal(must, Read(document => document["dpop_bound_access_tokens"] = JsonNode.Parse(value)).DpopBoundAccessTokens);

    [Theory, Trait("Spec", "POP-12")]
    [InlineData("\"true\"")]
    [InlineData("1")]
    [InlineData("null")]
    public void Is_of_no_use_if_that_cannot_be_told(string value)
    {
        Assert.Null(Read(document => document["dpop_bound_access_tokens"] = JsonNode.Parse(value), out var fault));
        Assert.Equal("the document's dpop_bound_access_tokens is malformed", fault);
    }
}
