using System.Text.Json.Nodes;

namespace IdJagBroker.Tests.SigningIn;

/// <summary>A client that describes itself in a document: people sign in through it as far as the document says, and are shown who it is.</summary>
public sealed class DocumentClientTests(SignInFixture signIn) : IClassFixture<SignInFixture>, IDisposable
{
    private const string Callback = "http://127.0.0.1:49152/described";
    private readonly TestBrowser _browser = signIn.NewBrowser();

    [Fact, Trait("Spec", "CIMD-09")]
    public async Task Its_answers_go_where_its_document_says_and_people_are_shown_its_name()
    {
        signIn.Other.ClientDocument = Document();
        Assert.Equal("The answer would go to the wrong place", (await _browser.GoAsync(Request(("redirect_uri", "https://evil.example/")))).Heading);
        var page = await _browser.GoAsync(Request());
        Assert.Equal("Continue to A tool & more?", page.Heading);
        Assert.Contains(signIn.DocumentId, page.Html, StringComparison.Ordinal);
        var going = await _browser.PostAsync(signIn.Issuer + "/signin/continue", [.. page.Fields, new("answer", "continue")]);
        var code = System.Web.HttpUtility.ParseQueryString(going.GoesOnTo.Query)["code"]!;
        var tokens = (await signIn.Broker.Token.SendAsync(
            [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", Callback), new("code_verifier", SignInFixture.Verifier), new("client_id", signIn.DocumentId)])).IsGranted().Body!;
        Assert.Equal(signIn.DocumentId, (string?)IdJagBroker.Shared.Jwts.Claims((string)tokens["id_token"]!)["aud"]);
    }

    [Fact]
    public async Task Without_a_document_nobody_is_sent_anywhere()
    {
        signIn.Clock.Advance(TimeSpan.FromDays(2));     // what was read before is not used for ever
        signIn.Other.ClientDocument = null;
        Assert.Equal(("The application cannot be looked up", 503), (await _browser.GoAsync(Request())) is var landing ? (landing.Heading, (int)landing.Status) : default);
    }

    public void Dispose() => _browser.Dispose();

    private string Request(params (string Name, string? Value)[] changes) => signIn.Request([("client_id", signIn.DocumentId), ("redirect_uri", Callback), .. changes]);

    private JsonObject Document() => new()
    {
        ["client_id"] = signIn.DocumentId, ["client_name"] = "A tool & more", ["redirect_uris"] = new JsonArray(Callback), ["token_endpoint_auth_method"] = "none",
    };
}
