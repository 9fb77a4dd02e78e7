using IdJagBroker.Clients.Documents;
using IdJagBroker.Policies;

namespace IdJagBroker.Tests.Clients.Documents;

/// <summary>What strangers can make us do at a host whose documents are all admitted: little, and no more than that however many they are.</summary>
public sealed class HostDocumentsTests : IAsyncLifetime
{
    private PublishedKeysFixture _at = null!;
    private HostDocuments _documents = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await PublishedKeysFixture.StartAsync();
        _documents = new HostDocuments(_at.Fetch, "tools", privateNetwork: false);
    }

    public ValueTask DisposeAsync() => _at.DisposeAsync();

    private Task<string> KeysAsync(string path, string? keyId = null) => _documents.For(_at.Url(path)).GetAsync(keyId, default).NamesAsync();

    [Fact, Trait("Spec", "CIMD-09"), Trait("Spec", "CIMD-08")]
    public async Task Asks_a_host_for_ten_unknown_documents_at_once_and_one_a_second_however_many_are_named()
    {
        for (var i = 0; i < 500; i++) await KeysAsync($"/{i}.json");
        Assert.Equal(FetchBudget.Burst, _at.Host.Asked.Count);
        Assert.InRange(_documents.Count, 1, HostDocuments.MaxDocuments);

        for (var second = 1; second <= 3; second++)
        {
            _at.Clock.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 500; i++) await KeysAsync($"/{second}-{i}.json");
            Assert.Equal(FetchBudget.Burst + second, _at.Host.Asked.Count);
        }
        Assert.InRange(_documents.Count, 1, HostDocuments.MaxDocuments);
    }

    [Fact, Trait("Spec", "CIMD-08"), Trait("Spec", "CIMD-09")]
    public async Task Keeps_and_refreshes_what_it_knows_whatever_strangers_name()
    {
        _at.Publish("/good.json", ["k1"]);
        Assert.Equal("k1", await KeysAsync("/good.json"));
        for (var i = 0; i < 1000; i++) await KeysAsync($"/{i}.json");
        Assert.Equal("k1", await KeysAsync("/good.json"));
        Assert.Equal(1, _at.Host.CountOf("/good.json"));

        _at.Publish("/good.json", ["k2"]);
        _at.Clock.Advance(TimeSpan.FromSeconds(5));
        for (var i = 0; i < 1000; i++) await KeysAsync($"/{i}.json");       // the budget is spent again
        Assert.Equal("k2", await KeysAsync("/good.json", "k2"));
    }

    [Fact, Trait("Spec", "CIMD-08")]
    public async Task Forgets_what_was_asked_for_longest_ago_when_there_are_too_many_good_ones()
    {
        for (var i = 0; i <= HostDocuments.MaxDocuments; i++)
        {
            _at.Publish($"/{i}.json", ["k1"]);
            Assert.Equal("k1", await KeysAsync($"/{i}.json"));
            _at.Clock.Advance(TimeSpan.FromSeconds(1));
            await KeysAsync("/0.json");
        }
        Assert.Equal(HostDocuments.MaxDocuments, _documents.Count);
        var before = _at.Host.CountOf("/1.json");
        Assert.Equal("k1", await KeysAsync("/1.json"));
        Assert.Equal(before + 1, _at.Host.CountOf("/1.json"));
    }

    [Fact, Trait("Spec", "CIMD-09")]
    public async Task Keeps_the_documents_of_two_clients_apart()
    {
        _at.Publish("/client.json", ["k1"]);
        CatalogClient Client(string alias) => new() { Alias = alias, ClientIds = [], Auth = ClientAuth.PrivateKeyJwt, DocumentOrigins = [_at.Host.Url] };
        Assert.Equal("k1", await _at.Published.GetAsync(Client("one"), _at.Url().Value, null, default).NamesAsync());
        Assert.Equal("k1", await _at.Published.GetAsync(Client("one") with { Documents = [_at.Url()] }, _at.Url().Value, null, default).NamesAsync());
        Assert.Equal(2, _at.Host.CountOf("/client.json"));
        Assert.Equal("none: the client id is not the address of a document", await _at.Published.GetAsync(Client("one"), "tools", null, default).NamesAsync());
    }

    [Theory, Trait("Spec", "C-18"), InlineData(true), InlineData(false)]
    public async Task Looks_anew_when_the_catalogue_says_that_a_client_is_public(bool byHost)
    {
        _at.Publish("/client.json", ["k1"]);
        var client = new CatalogClient { Alias = "one", ClientIds = [], Auth = ClientAuth.PrivateKeyJwt, DocumentOrigins = byHost ? [_at.Host.Url] : [], Documents = byHost ? [] : [_at.Url()] };
        async Task<string?> FaultAsync(CatalogClient of, string id) => (await _at.Published.GetDocumentAsync(of, id, default)).Fault;

        Assert.Null(await FaultAsync(client, _at.Url().Value));
        Assert.Equal("the document's token_endpoint_auth_method is not none", await FaultAsync(client with { Auth = ClientAuth.None }, _at.Url().Value));
        Assert.Null(await FaultAsync(client, _at.Url().Value));
        Assert.Equal("the client id is not the address of a document", await FaultAsync(client, "one"));
        Assert.Equal("the client id is not the address of a document", await FaultAsync(client with { Documents = [], DocumentOrigins = [] }, _at.Url().Value));
    }
}
