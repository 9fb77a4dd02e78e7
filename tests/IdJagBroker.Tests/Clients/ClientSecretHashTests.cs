using IdJagBroker.Audit;
using IdJagBroker.Clients;

namespace IdJagBroker.Tests.Clients;

/// <summary>How secrets are kept and compared (SEC-23).</summary>
public sealed class ClientSecretHashTests
{
    private readonly ClientSecretHash _hash = new(ClientSecretHash.NewSecret());

    [Fact, Trait("Spec", "SEC-23")]
    public void Matches_either_of_two_live_secrets_and_nothing_where_there_is_none()
    {
        var (one, two) = (ClientSecretHash.NewSecret(), ClientSecretHash.NewSecret());

        Assert.True(_hash.Matches(one, [_hash.Hash(one), _hash.Hash(two)]));
        Assert.True(_hash.Matches(two, [_hash.Hash(one), _hash.Hash(two)]));
        Assert.False(_hash.Matches(one, []));
        Assert.False(_hash.Matches(one, [_hash.Hash(two)]));
        Assert.False(_hash.Matches(one, [""]));
        Assert.False(_hash.Matches(one, [_hash.Hash(one)[..^1]]));
        Assert.False(_hash.Matches(one, [_hash.Hash(one) + "x"]));
        Assert.False(_hash.Matches(one, [_hash.Hash(one).ToUpperInvariant()]));
        Assert.False(_hash.Matches(one, [one]));
    }

    [Fact, Trait("Spec", "SEC-23")]
    public void Takes_no_secret_that_is_empty_or_beyond_all_size()
    {
        var longest = new string('s', ClientSecretHash.MaxSecretChars);

        Assert.True(_hash.Matches(longest, [_hash.Hash(longest)]));
        Assert.False(_hash.Matches(longest + "s", [_hash.Hash(longest + "s")]));
        Assert.False(_hash.Matches(longest + "s", [_hash.Hash("")]));
        Assert.False(_hash.Matches("", [_hash.Hash("")]));
    }

    [Fact, Trait("Spec", "SEC-23")]
    public void Tells_nothing_to_whoever_has_another_key()
    {
        var secret = ClientSecretHash.NewSecret();

        Assert.False(new ClientSecretHash(ClientSecretHash.NewSecret()).Matches(secret, [_hash.Hash(secret)]));
        Assert.NotEqual(_hash.DeriveKey("one purpose"), _hash.DeriveKey("another"));
        Assert.Equal(_hash.DeriveKey("one purpose"), _hash.DeriveKey("one purpose"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!")]
    public void Refuses_a_key_that_is_not_thirty_two_bytes(string key) => Assert.Throws<ArgumentException>(() => new ClientSecretHash(key));

    [Fact, Trait("Spec", "SEC-20")]
    public void Takes_one_clients_jti_for_no_other_clients()
    {
        static string Digest(string client, string jwtId) => Convert.ToHexString(ReplayKey.ClientAssertion(client, jwtId, default).Digest);

        Assert.Equal(Digest("a", "1"), Digest("a", "1"));
        Assert.Equal(4, new HashSet<string> { Digest("a", "1"), Digest("b", "1"), Digest("a", "2"), Digest("a1", "") }.Count);
    }

    [Fact, Trait("Spec", "SEC-20")]
    public void Takes_no_kind_of_thing_that_is_used_once_for_another()
    {
        var id = Guid.NewGuid();
        ReplayKey[] keys =
        [
            ReplayKey.ClientAssertion("https://a", $"j {id}", default), ReplayKey.ReceiptAssertion("https://a", $"j {id}", default), ReplayKey.DpopProof("https://a", $"j {id}", default),
            ReplayKey.Receipt("https://a", "j", id, default),
        ];
        Assert.Equal(keys.Length, keys.Select(key => Convert.ToHexString(key.Digest)).Distinct().Count());
        Assert.Equal(keys.Length, keys.Select(key => key.Kind).Distinct().Count());
    }
}
