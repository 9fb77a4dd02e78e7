using System.Net;
using System.Security.Cryptography;
using IdJagBroker.Storage;
using IdJagBroker.Tests.Storage;
using Npgsql;

namespace IdJagBroker.Tests.Revisions;

/// <summary>What <c>idjag db grant</c> gives is enough to publish and approve.</summary>
public sealed class ReleaseGrantsTests(BrokerPostgres postgres)
{
    [Fact]
    public async Task Are_enough_to_publish_to_approve_to_reject_and_to_report()
    {
        var (name, owner) = ("r" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5)), "");
        await using (var broker = new BrokerFixture(postgres))
        {
            await broker.StartAsync([RevisionDesk.Database], changeCatalog: RevisionDesk.Administrators, asRoles: async connectionString =>
            {
                owner = connectionString;
                foreach (var role in new[] { name, name + "_s" }) await Sql.ExecuteAsync(owner, $"create role {role} login password 'p'; select 1");
                await Grants.GrantAsync(owner, name, name + "_s", null, default);
                string As(string role) => new NpgsqlConnectionStringBuilder(owner) { Username = role, Password = "p" }.ConnectionString;
                return (As(name), As(name + "_s"));
            });
            var desk = new RevisionDesk(broker);
            await desk.SeedAsync();
            await desk.ReleaseAsync(comment: false);
            Assert.False(await desk.MayCommentAsync());
            (await desk.PublishAsync(await desk.FilesAsync(), "ana")).Is(HttpStatusCode.Created);
            (await desk.PostAsync("/releases/3/reject", new System.Text.Json.Nodes.JsonObject { ["reason"] = "No" }, (await desk.GetAsync("/releases/3")).Tag, "bob")).Is(HttpStatusCode.OK);
            await RevisionDesk.UntilAsync(async () => (int)(await desk.GetAsync()).Body["replicas"]!["on_it"]! is 1);
        }
        NpgsqlConnection.ClearAllPools();
        foreach (var role in new[] { name, name + "_s" }) await Sql.ExecuteAsync(owner, $"drop owned by {role}; drop role {role}; select 1");
    }
}
