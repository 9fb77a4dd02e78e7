using System.Security.Cryptography;
using IdJagBroker.Keys;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.Shared;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>The key files of Development.</summary>
public sealed class LocalKeysTests : IDisposable
{
    private static readonly DateTimeOffset Now = new ManualClock().GetUtcNow();
    private readonly string _directory = Directory.CreateTempSubdirectory("idjag-key-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private LocalKeys Keys => new(
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>("Keys:Directory", _directory)]).Build(), Options.Create(new KeyOptions()), new KeyMaker());

    private string KeyFile => Assert.Single(Directory.GetFiles(_directory, "*.pem"));

    private async Task<SigningKeyRow> MakeAsync(JwsAlgorithm algorithm) =>
        (await Keys.CreateAsync(new KeySlot(KeyPurpose.IdJag, algorithm, "local"), [], Now, default))!;

    [Theory, Trait("Spec", "SEC-28")]
    [InlineData("ES256")]
    [InlineData("RS256")]
    public async Task Is_readable_by_its_owner_alone_and_named_by_its_thumbprint(string algorithm)
    {
        var row = await MakeAsync(JwsAlgorithm.Find(algorithm)!);
        var key = await Keys.OpenAsync(row, default);

        Assert.Equal((row.Kid, row.Kid, algorithm), (key.PublicKey.Thumbprint, key.PublicKey.KeyId, key.Algorithm.Name));
        await StartSignature.ProveAsync(key, default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        var refused = await Assert.ThrowsAsync<SigningUnavailableException>(() => Keys.OpenAsync(row, default));
        Assert.Contains("can be read by others", refused.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("Spec", "SEC-03")]
    public async Task Is_refused_when_it_is_no_key_another_kind_or_too_short()
    {
        var (ec, directory) = (await MakeAsync(JwsAlgorithm.ES256), _directory);
        using var p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        foreach (var text in new[] { "not a key", p384.ExportPkcs8PrivateKeyPem(), rsa.ExportPkcs8PrivateKeyPem() })
        {
            File.WriteAllText(KeyFile, text);
            await Assert.ThrowsAsync<SigningUnavailableException>(() => Keys.OpenAsync(ec, default));
        }
        File.Delete(KeyFile);
        await Assert.ThrowsAsync<SigningUnavailableException>(() => Keys.OpenAsync(ec, default));

        var row = await MakeAsync(JwsAlgorithm.RS256);
        using var shorter = RSA.Create(1024);
        File.WriteAllText(KeyFile, shorter.ExportPkcs8PrivateKeyPem());
        await Assert.ThrowsAsync<SigningUnavailableException>(() => Keys.OpenAsync(row, default));
    }

    [Fact]
    public async Task Never_leaves_its_directory_whatever_the_table_says()
    {
        var row = await MakeAsync(JwsAlgorithm.ES256);
        var outside = Path.Combine(Directory.CreateTempSubdirectory("idjag-key-").FullName, Path.GetFileName(KeyFile));
        File.Move(KeyFile, outside);

        await Assert.ThrowsAsync<SigningUnavailableException>(() => Keys.OpenAsync(row with { Reference = outside }, default));
        Directory.Delete(Path.GetDirectoryName(outside)!, recursive: true);
    }
}
