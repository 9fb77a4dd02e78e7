using IdJagBroker.Tests.Clients.Documents;

namespace IdJagBroker.Tests.Locks;

/// <summary>Clients that come by metadata documents: the address of one that has an entry stands for the client, one of a host's for itself.</summary>
public sealed class LockDocumentTests(DocumentsBroker documents) : IClassFixture<DocumentsBroker>
{
    private LockDesk Desk => new(documents.Broker);

    [Fact]
    public async Task Locks_one_document_of_a_host_or_all_of_them()
    {
        var (one, another) = (documents.Publish(at: documents.Tools.Url + "/one.json"), documents.Publish(at: documents.Tools.Url + "/another.json"));
        (await documents.ExchangeAsync(one)).IsGranted();

        var held = await Desk.SetAsync("client", one);
        Assert.Equal(one, (string?)held["target"]);
        await Desk.IsLockedAsync(await documents.ExchangeAsync(one), held);
        (await documents.ExchangeAsync(another)).IsGranted();
        await Desk.LiftAsync(held);

        held = await Desk.SetAsync("client", "tools");
        await Desk.IsLockedAsync(await documents.ExchangeAsync(one), held);
        await Desk.IsLockedAsync(await documents.ExchangeAsync(another), held);
        await Desk.LiftAsync(held);
    }

    [Fact]
    public async Task Locks_a_client_with_all_its_documents_by_one_of_them()
    {
        var (one, another) = (documents.Publish(), documents.Publish());
        var held = await Desk.SetAsync("client", one);
        Assert.Equal("ide", (string?)held["target"]);
        await Desk.IsLockedAsync(await documents.ExchangeAsync(another), held);
        await Desk.LiftAsync(held);
        (await documents.ExchangeAsync(another)).IsGranted();
    }
}
