using IdJagBroker.Keys;

namespace IdJagBroker.Tests.Keys;

/// <summary>The key file of Development.</summary>
public sealed class LocalSigningKeyTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-key-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string KeyFile => Assert.Single(Directory.GetFiles(_directory, "*.pem"));

    [Fact]
    public async Task Keeps_one_key_over_restarts_and_between_processes_that_start_together()
    {
        for (var round = 0; round < 25; round++)
        {
            var (names, directory) = (new HashSet<string>(), Path.Combine(_directory, $"{round}"));
            using var start = new Barrier(8);
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                using var key = LocalSigningKey.LoadOrCreate(directory);
                lock (names) names.Add(key.PublicKey.KeyId!);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(names);
        }
    }

    [Fact, Trait("Spec", "SEC-28")]
    public void Is_readable_by_its_owner_alone_and_named_by_its_thumbprint()
    {
        using var key = LocalSigningKey.LoadOrCreate(_directory);

        Assert.Equal(key.PublicKey.Thumbprint, key.PublicKey.KeyId);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.Throws<InvalidOperationException>(() => LocalSigningKey.LoadOrCreate(_directory));
    }

    [Fact]
    public void Is_refused_when_it_is_no_key_or_another_kind()
    {
        LocalSigningKey.LoadOrCreate(_directory).Dispose();
        File.WriteAllText(KeyFile, "not a key");
        Assert.Throws<InvalidOperationException>(() => LocalSigningKey.LoadOrCreate(_directory));
        using var p384 = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP384);
        File.WriteAllText(KeyFile, p384.ExportPkcs8PrivateKeyPem());
        Assert.Throws<InvalidOperationException>(() => LocalSigningKey.LoadOrCreate(_directory));
    }

    [Fact, Trait("Spec", "SEC-03"), Trait("Spec", "SEC-28")]
    public void Keeps_an_rsa_key_beside_it_and_takes_no_short_or_other_one()
    {
        using var key = LocalSigningKey.LoadOrCreateRsa(_directory);
        using var again = LocalSigningKey.LoadOrCreateRsa(_directory);
        using var ec = LocalSigningKey.LoadOrCreate(Path.Combine(_directory, "ec"));

        Assert.Equal((key.PublicKey.Thumbprint, "RS256"), (key.PublicKey.KeyId, key.Algorithm.Name));
        Assert.Equal(key.PublicKey.KeyId, again.PublicKey.KeyId);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));

        using var shorter = System.Security.Cryptography.RSA.Create(1024);
        File.WriteAllText(KeyFile, shorter.ExportPkcs8PrivateKeyPem());
        Assert.Throws<InvalidOperationException>(() => LocalSigningKey.LoadOrCreateRsa(_directory));
        File.Copy(Directory.GetFiles(Path.Combine(_directory, "ec"), "*.pem").Single(), KeyFile, overwrite: true);
        Assert.Throws<InvalidOperationException>(() => LocalSigningKey.LoadOrCreateRsa(_directory));
    }
}
