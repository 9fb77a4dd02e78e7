using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Upstreams.People;

namespace IdJagBroker.Tests.Upstreams.People;

/// <summary>How personal details are sealed: by whom they open, and by whom not.</summary>
public sealed class PersonVaultTests
{
    private const string Key = "s_j9IqaknybX98FSWQeo-30A";
    private static readonly PersonDetails Erin = new("okta", "00u-erin", "Erin@acme.example", "Erin É.", "198.51.100.7", "agent/1");
    private readonly PersonVault _vault = new(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void Opens_what_it_sealed_and_shows_nothing_of_it()
    {
        var kept = _vault.Seal(Key, Erin);

        Assert.Equal(Erin, _vault.Open(Key, kept.Wrapped, kept.Sealed));
        var everything = Encoding.Latin1.GetString([.. kept.Wrapped, .. kept.Sealed, .. kept.Digest, .. kept.EmailDigest!]);
        Assert.All(new[] { "okta", "erin", "Erin", "acme", "198.51" }, text => Assert.DoesNotContain(text, everything, StringComparison.Ordinal));
    }

    [Fact]
    public void Opens_for_no_other_person_no_other_server_and_without_no_key_of_the_persons_own()
    {
        var kept = _vault.Seal(Key, Erin);
        var other = _vault.Seal("s_other-person-another-1", Erin);

        Assert.Null(_vault.Open("s_other-person-another-1", kept.Wrapped, kept.Sealed));
        Assert.Null(new PersonVault(RandomNumberGenerator.GetBytes(32)).Open(Key, kept.Wrapped, kept.Sealed));
        Assert.Null(_vault.Open(Key, other.Wrapped, kept.Sealed));
        Assert.Null(_vault.Open(Key, _vault.Seal(Key, Erin).Wrapped, kept.Sealed));
        Assert.Null(_vault.Open(Key, [], kept.Sealed));
        Assert.Null(_vault.Open(Key, kept.Sealed[..60], kept.Sealed));
    }

    [Fact]
    public void Opens_nothing_that_was_changed()
    {
        var kept = _vault.Seal(Key, Erin);
        for (var i = 0; i < kept.Sealed.Length; i++)
        {
            kept.Sealed[i] ^= 1;
            Assert.Null(_vault.Open(Key, kept.Wrapped, kept.Sealed));
            kept.Sealed[i] ^= 1;
        }
        Assert.NotNull(_vault.Open(Key, kept.Wrapped, kept.Sealed));
    }

    [Fact]
    public void Seals_each_time_under_another_key_and_still_tells_whether_anything_is_new()
    {
        var (one, two) = (_vault.Seal(Key, Erin), _vault.Seal(Key, Erin));

        Assert.NotEqual(one.Wrapped, two.Wrapped);
        Assert.NotEqual(one.Sealed, two.Sealed);
        Assert.Equal(one.Digest, two.Digest);
        Assert.NotEqual(one.Digest, _vault.Digest(Key, Erin with { Name = "Erin F." }));
        Assert.NotEqual(one.Digest, _vault.Digest("s_other", Erin));
        Assert.Equal(one.EmailDigest, _vault.EmailDigest("erin@ACME.example"));
        Assert.NotEqual(one.EmailDigest, new PersonVault(RandomNumberGenerator.GetBytes(32)).EmailDigest("erin@acme.example"));
    }
}
