using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using IdJagBroker.Keys;
using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Keys.Life;
using IdJagBroker.Keys.Providers;
using IdJagBroker.Protocol;
using IdJagBroker.Protocol.Jws;
using IdJagBroker.StandIn;
using IdJagBroker.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.Tests.Keys.Providers;

/// <summary>Keys that a vault wraps and vouches for: what they do without the vault, and what of the table is not believed.</summary>
public sealed class WrappedKeysTests(BrokerPostgres postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<VaultBroker> StartAsync(string[]? settings = null, Func<VaultBroker, Task>? before = null, Action<IServiceCollection>? plugIn = null, VaultRole role = VaultRole.CryptoOfficer) =>
        VaultBroker.StartAsync(postgres, "wrapped", settings: settings, before: before, plugIn: plugIn, role: role);

    private static async Task<KeyVaultSigningKey> ProvenanceKeyAsync(VaultBroker vault) =>
        await KeyVaultSigningKey.OpenAsync(vault.Client, vault.Configured.Budget, new(vault.Client.Vault, "idjag-provenance", null), JwsAlgorithm.ES256, Ct);

    private static Issuer IssuerOf(VaultBroker vault) => vault.Broker.Services.GetRequiredService<Issuer>();

    [Fact]
    public async Task Signs_here_and_asks_the_vault_once_for_each_key()
    {
        await using var vault = await StartAsync();
        var (made, opened) = (vault.Calls("wrapkey"), vault.Calls("sign"));
        for (var i = 0; i < 10; i++) await vault.IsGrantedAsync();

        Assert.Equal((6 + 1, 6 + 1), (made, vault.Calls("unwrapkey")));      // ID-JAGs and ID Tokens in ES256 and RS256, access tokens, client assertions; and the key that seals
        Assert.Equal((6 + 1, 6 + 2, opened), (vault.Calls("wrapkey"), vault.Calls("sign"), opened));       // a statement for each that signs; the log's two stay in the vault, and are tried
        var row = await vault.ActiveAsync();
        Assert.Equal((row.CreatedAt + TimeSpan.FromHours(24)).ToUnixTimeSeconds(), row.NotAfter!.Value.ToUnixTimeSeconds());
        Assert.Equal("ready", await vault.Broker.ReadinessAsync());
    }

    [Theory]
    [InlineData("ES256"), InlineData("RS256")]
    public async Task Keeps_no_private_half_in_the_clear(string algorithm)
    {
        await using var vault = await StartAsync();
        var row = await vault.ActiveAsync(algorithm);
        var everything = Encoding.Latin1.GetString(row.Wrapped!);

        // What any PKCS#8 of that kind has in it: the algorithm's identifier.
        using AsymmetricAlgorithm other = algorithm is "ES256" ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048);
        var (shared, pkcs8) = (algorithm is "ES256" ? "\x2A\x86\x48\xCE\x3D\x02\x01" : "\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01", Encoding.Latin1.GetString(other.ExportPkcs8PrivateKey()));
        Assert.Contains(shared, pkcs8, StringComparison.Ordinal);
        Assert.DoesNotContain(shared, everything, StringComparison.Ordinal);
        var key = await vault.Client.GetKeyAsync("idjag-wrapping", Ct);
        Assert.Equal(("RSA", 3072, false), (key.Kind.KeyType, key.Kind.Bits, key.Exportable));
        Assert.Equal(["unwrapKey", "wrapKey"], key.Operations.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Goes_on_without_its_vault_until_the_keys_end_and_not_beyond()
    {
        var clock = new ShiftedClock();
        await using var vault = await StartAsync(["--Keys:Wrapped:Life=01:00:00", "--Keys:PublishAhead=00:15:00"], plugIn: services => services.AddSingleton<TimeProvider>(clock));
        string IdToken() => vault.Broker.IdToken((_, claims) =>
        {
            foreach (var name in new[] { "iat", "exp", "auth_time" }) claims[name] = (long)claims[name]! + (long)clock.Ahead.TotalSeconds;
        });
        var first = await vault.ActiveAsync();
        vault.Vault.Faults.Always(Fault.Reset);
        foreach (var minutes in new[] { 0, 30, 59 })
        {
            clock.Ahead = TimeSpan.FromMinutes(minutes);
            var answer = await vault.IsGrantedAsync(IdToken());
            Assert.Equal(first.Kid, KidOf(answer));
        }

        clock.Ahead = TimeSpan.FromMinutes(60);
        VaultBroker.IsRefusedForNow(await vault.ExchangeAsync(IdToken()));
        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(), StringComparison.Ordinal);
        vault.Vault.Faults.Clear();
        await vault.RecoversAsync(IdToken());
        Assert.NotEqual(first.Kid, KidOf(await vault.IsGrantedAsync(IdToken())));
    }

    [Theory]
    [InlineData("503"), InlineData("hangs")]
    public async Task A_replica_that_starts_without_the_vault_is_not_ready_until_it_returns(string trouble)
    {
        await using var vault = await StartAsync();
        vault.Vault.Faults.Always(trouble is "hangs" ? Fault.Delay(TimeSpan.FromSeconds(30)) : Fault.Status(503));
        await using var replica = await vault.Broker.StartReplicaAsync();
        var there = new TokenClient(vault.Broker, replica.Url);

        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(replica.Management), StringComparison.Ordinal);
        VaultBroker.IsRefusedForNow(await there.ExchangeAsync());
        await vault.IsGrantedAsync();
        vault.Vault.Faults.Clear();
        await vault.IsWholeAgainAsync(replica);
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Opens_no_key_but_the_one_that_the_vault_stated_to_be_the_brokers_for_that_use_and_time()
    {
        await using var vault = await StartAsync();
        var (es, rs) = (await vault.ActiveAsync(), await vault.ActiveAsync("RS256"));
        await vault.Provider.OpenAsync(es, Ct);
        await vault.Provider.OpenAsync(rs, Ct);
        using var signer = await ProvenanceKeyAsync(vault);
        using var attacker = InProcessSigningKey.CreateEs256();
        Assert.True(Issuer.TryParse("https://other.example", false, out var other));
        var changed = es.Provenance!.Split('.');
        changed[1] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(changed[1])).Replace("id_jag", "id_tok", StringComparison.Ordinal))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var signed = await UnsignedJws.Create(signer, "JWT", es, static (row, json) => Claims(row, json)).SignAsync(Ct);
        var bySomebody = await ProvenanceStatement.SignAsync(attacker, IssuerOf(vault), es, Ct);
        vault.Vault.ForgetCalls();

        var refused = new Dictionary<string, SigningKeyRow>
        {
            ["without a statement"] = es with { Provenance = null },
            ["another key's statement"] = es with { Provenance = rs.Provenance },
            ["a changed statement"] = es with { Provenance = string.Join('.', changed) },
            ["somebody else's statement"] = es with { Provenance = bySomebody },
            ["another broker's statement"] = es with { Provenance = await ProvenanceStatement.SignAsync(signer, other, es, Ct) },
            ["a statement for another use"] = es with { Provenance = await ProvenanceStatement.SignAsync(signer, IssuerOf(vault), es with { Purpose = KeyPurpose.IdToken }, Ct) },
            ["a statement for another algorithm"] = es with { Provenance = await ProvenanceStatement.SignAsync(signer, IssuerOf(vault), es with { Algorithm = "RS256" }, Ct) },
            ["a statement about another key"] = es with { Provenance = await ProvenanceStatement.SignAsync(signer, IssuerOf(vault), es with { Kid = rs.Kid }, Ct) },
            ["a signature that is no statement"] = es with { Provenance = signed.Reveal() },
            ["a longer life"] = es with { NotAfter = es.NotAfter + TimeSpan.FromDays(1) },
            ["no end"] = es with { NotAfter = null },
            ["an end that is over"] = await OverAsync(es, signer, IssuerOf(vault)),
            ["another use"] = es with { Purpose = KeyPurpose.IdToken },
            ["a wrapping key of another name"] = es with { Reference = $"{signer.Id} {signer.Id}" },
            ["no reference"] = es with { Reference = "" },
            ["the statement of another key of the vault"] = await OfOtherKeyAsync(vault, es),
        };
        var opened = new List<string>();
        foreach (var (what, row) in refused)
        {
            if (await Record.ExceptionAsync(() => vault.Provider.OpenAsync(row, Ct)) is not SigningUnavailableException) opened.Add(what);
        }
        Assert.Equal("", string.Join(", ", opened));
        Assert.Equal(0, vault.Calls("unwrapkey"));      // found out before the vault decrypts anything
    }

    [Fact, Trait("Spec", "SEC-28")]
    public async Task Opens_no_wrapped_key_of_another_row_and_none_that_was_changed()
    {
        await using var vault = await StartAsync();
        var (es, rs) = (await vault.ActiveAsync(), await vault.ActiveAsync("RS256"));
        var next = (await vault.Provider.CreateAsync(es.Slot, [], TimeProvider.System.GetUtcNow(), Ct))!;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] Changed(int at)
        {
            var bytes = (byte[])es.Wrapped!.Clone();
            bytes[at < 0 ? bytes.Length + at : at] ^= 1;
            return bytes;
        }

        var refused = new Dictionary<string, byte[]?>
        {
            ["none"] = null,
            ["empty"] = [],
            ["another algorithm's"] = rs.Wrapped,
            ["the next key's"] = next.Wrapped,
            ["another version"] = Changed(0),
            ["another length"] = Changed(1),
            ["another data key"] = Changed(40),
            ["another nonce"] = Changed(3 + 384),
            ["another tag"] = Changed(3 + 384 + 12),
            ["another end"] = Changed(-1),
            ["cut off"] = es.Wrapped![..^1],
            ["cut off in its head"] = es.Wrapped[..2],
            ["somebody else's key, wrapped for this row"] = await SealAsync(vault, es, stranger),
        };
        var opened = new List<string>();
        foreach (var (what, wrapped) in refused)
        {
            if (await Record.ExceptionAsync(() => vault.Provider.OpenAsync(es with { Wrapped = wrapped }, Ct)) is not SigningUnavailableException) opened.Add(what);
        }
        Assert.Equal("", string.Join(", ", opened));
        await vault.Provider.OpenAsync(es with { }, Ct);
    }

    [Fact]
    public async Task Does_not_sign_with_a_key_that_somebody_put_into_the_table()
    {
        await using var vault = await StartAsync();
        var real = await vault.ActiveAsync();
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var theirs = new InProcessSigningKey(stranger);
        // All that somebody with the database can do: the vault's public key encrypts for anybody.
        var row = real.Slot.NewKey("wrapped", theirs.PublicKey, real.Reference, TimeProvider.System.GetUtcNow()) with { NotAfter = real.NotAfter };
        row = row with { Wrapped = await SealAsync(vault, row, stranger), Provenance = await ProvenanceStatement.SignAsync(theirs, IssuerOf(vault), row, Ct) };

        await Assert.ThrowsAsync<SigningUnavailableException>(() => vault.Provider.OpenAsync(row, Ct));
    }

    [Fact]
    public async Task Counts_no_statement_of_a_version_that_was_disabled()
    {
        await using var vault = await StartAsync();
        var row = await vault.ActiveAsync();
        using (var signer = await ProvenanceKeyAsync(vault)) await vault.Client.SetEnabledAsync(signer.Id, enabled: false, Ct);

        await Assert.ThrowsAsync<SigningUnavailableException>(() => vault.Provider.OpenAsync(row, Ct));
    }

    [Fact]
    public async Task Opens_keys_of_before_the_vaults_own_were_rotated()
    {
        await using var vault = await StartAsync();
        var row = await vault.ActiveAsync();
        await vault.Client.RotateKeyAsync("idjag-wrapping", Ct);
        await vault.Client.RotateKeyAsync("idjag-provenance", Ct);
        var next = (await vault.Provider.CreateAsync(row.Slot, [], TimeProvider.System.GetUtcNow(), Ct))!;

        Assert.NotEqual(row.Reference, next.Reference);
        await vault.Provider.OpenAsync(row, Ct);
        await vault.Provider.OpenAsync(next, Ct);
    }

    [Theory]
    [InlineData("idjag-wrapping", "EC", false, "sign", "verify"), InlineData("idjag-wrapping", "RSA", true, "wrapKey", "unwrapKey")]
    [InlineData("idjag-wrapping", "RSA", false, "wrapKey", "sign"), InlineData("idjag-wrapping", "RSA", false, "unwrapKey", "sign")]
    [InlineData("idjag-provenance", "RSA", false, "sign", "verify"), InlineData("idjag-provenance", "EC", true, "sign", "verify")]
    public async Task Trusts_no_other_sort_of_key_of_the_vault(string name, string type, bool exportable, params string[] operations)
    {
        await using var vault = await StartAsync(before: vault => vault.MakeKeyAsync(name, type, exportable, operations));

        Assert.Contains("signing key", await vault.Broker.ReadinessAsync(), StringComparison.Ordinal);
        await vault.IsUnavailableAsync();
        Assert.DoesNotContain(await vault.RowsAsync(), row => row.Provider is "wrapped");
    }

    [Fact]
    public async Task Needs_no_right_to_make_keys_where_an_operator_made_the_two()
    {
        await using var vault = await StartAsync(role: VaultRole.CryptoUser);
        await vault.IsUnavailableAsync();
        await vault.MakeKeyAsync("idjag-provenance");
        await vault.OperateAsync(HttpMethod.Post, "keys/idjag-wrapping/create", new JsonObject { ["kty"] = "RSA", ["key_size"] = 3072, ["key_ops"] = new JsonArray("wrapKey", "unwrapKey") });

        await vault.RecoversAsync();
    }

    [Fact]
    public async Task Publishes_the_vaults_statements_over_its_keys_with_the_vaults_public_key()
    {
        await using var vault = await StartAsync();
        using var answer = await vault.Broker.Http.GetAsync(new Uri(vault.Broker.Issuer + "/oauth2/jwks/provenance"));
        var body = await answer.Content.ReadAsByteArrayAsync(Ct);
        using var signer = await ProvenanceKeyAsync(vault);
        var rows = (await vault.RowsAsync()).Where(row => row.Purpose is KeyPurpose.IdJag or KeyPurpose.IdToken).ToList();

        Assert.Equal((HttpStatusCode.OK, "public, max-age=900"), (answer.StatusCode, answer.Headers.CacheControl!.ToString()));
        Assert.Equal(signer.PublicKey.Thumbprint, Assert.Single(JsonWebKeySet.TryParse(body)!.Keys).Thumbprint);
        var statements = JsonNode.Parse(body)!["statements"]!.AsArray().Select(node => (string)node!).ToList();
        Assert.Equal(rows.Select(row => row.Provenance).Order(StringComparer.Ordinal), statements.Order(StringComparer.Ordinal));
        foreach (var statement in statements)
        {
            Assert.True(CompactJws.TryParse(statement, 4096, out var jws, out _));
            using (jws)
            {
                Assert.Equal(JwsFailure.None, JwsVerifier.Verify(jws, JsonWebKeySet.TryParse(body)!, [JwsAlgorithm.ES256], out _));
                Assert.Equal("key-provenance+jwt", jws.Header.Type);
            }
            var claims = IdJagBroker.Shared.Jwts.Claims(statement);
            var row = rows.Single(row => row.Kid == (string)claims["sub"]!);
            Assert.Equal(
                (vault.Broker.Issuer, row.Kid, row.Purpose.Word(), row.Algorithm, row.NotAfter!.Value.ToUnixTimeSeconds()),
                ((string)claims["iss"]!, (string)claims["jkt"]!, (string)claims["purpose"]!, (string)claims["alg"]!, (long)claims["exp"]!));
        }
    }

    [Fact]
    public async Task Publishes_no_statements_where_each_key_is_the_vaults_own()
    {
        await using var vault = await VaultBroker.StartAsync(postgres);
        using var answer = await vault.Broker.Http.GetAsync(new Uri(vault.Broker.Issuer + "/oauth2/jwks/provenance"));

        Assert.Equal((HttpStatusCode.NotFound, true), (answer.StatusCode, answer.Headers.CacheControl!.NoStore));
    }

    private static string KidOf(TokenAnswer answer) => (string)IdJagBroker.Shared.Jwts.Header((string)answer.Body!["access_token"]!)["kid"]!;

    private static async Task<SigningKeyRow> OverAsync(SigningKeyRow row, ISigningKey signer, Issuer issuer)
    {
        row = row with { NotAfter = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 1) };
        return row with { Provenance = await ProvenanceStatement.SignAsync(signer, issuer, row, Ct) };
    }

    private static async Task<SigningKeyRow> OfOtherKeyAsync(VaultBroker vault, SigningKeyRow row)
    {
        using var other = KeyVaultSigningKey.Of(
            vault.Client, vault.Configured.Budget, await vault.Client.CreateKeyAsync("somebodys", VaultKeyKind.P256, ["sign"], Ct), JwsAlgorithm.ES256);
        return row with { Reference = $"{row.Reference.Split(' ')[0]} {other.Id}", Provenance = await ProvenanceStatement.SignAsync(other, IssuerOf(vault), row, Ct) };
    }

    private static async Task<byte[]> SealAsync(VaultBroker vault, SigningKeyRow row, ECDsa key)
    {
        var dataKey = RandomNumberGenerator.GetBytes(KeyEnvelope.DataKeyBytes);
        var wrapped = await vault.Client.WrapKeyAsync(vault.Configured.IdOf(row.Reference.Split(' ')[0]), dataKey, Ct);
        return KeyEnvelope.Seal(row, dataKey, wrapped, key.ExportPkcs8PrivateKey());
    }

    private static void Claims(SigningKeyRow row, System.Text.Json.Utf8JsonWriter json)
    {
        foreach (var claim in IdJagBroker.Shared.Jwts.Claims(row.Provenance!))
        {
            json.WritePropertyName(claim.Key);
            claim.Value!.WriteTo(json);
        }
    }
}
