using IdJagBroker.Hosting;
using Npgsql;

namespace IdJagBroker.Keys.Control;

/// <summary><c>/admin/v1/keys</c>: one file for each operation.</summary>
internal static class KeyApi
{
    public static void Map(IEndpointRouteBuilder admin)
    {
        var keys = admin.MapGroup("/keys").AddEndpointFilter<AdminFailures>();
        ListKeys.Map(keys);
        GetKey.Map(keys);
        RotateKeys.Map(keys);
        RetireKey.Map(keys);
        RevokeKey.Map(keys);
        TestKey.Map(keys);
    }

    /// <summary>Lets the next request here see a change (SEC-33); the other replicas are told by the database.</summary>
    public static async Task KnowAtOnceAsync(SigningKeyRing ring)
    {
        try
        {
            await ring.ReloadAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or InvalidOperationException { InnerException: NpgsqlException or TimeoutException })
        {
            // The change is made and recorded, and that must be the answer; the poll finds it when the database is back.
        }
    }
}
