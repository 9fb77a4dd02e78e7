using System.Security.Cryptography;
using IdJagBroker.Keys.Control;
using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;

namespace IdJagBroker.Tests.Keys.Control;

/// <summary>What an operator is told depends on who verifies what the key signs.</summary>
public sealed class KeyWarningTests
{
    [Theory]
    [InlineData("id_jag", "refuse new ID-JAGs", "ID-JAGs signed by this key stop verifying")]
    [InlineData("id_token", "new ID Tokens", "ID Tokens of the broker that this key signed")]
    [InlineData("client_assertion", "Providers that keep a copy", "Assertions that this key signed are refused by identity providers")]
    [InlineData("access_token", null, "Access tokens for the admin API")]
    [InlineData("audit_checkpoint", null, "Checkpoints of the audit log")]
    [InlineData("audit_export", null, "Exports of the audit log")]
    [InlineData("policy_release", null, "Releases of the policy")]
    public void Says_what_an_emergency_and_a_revocation_break(string word, string? emergency, string revocation)
    {
        var purpose = Enum.GetValues<KeyPurpose>().Single(purpose => purpose.Word() == word);
        using var key = new InProcessSigningKey(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var row = new KeySlot(purpose, JwsAlgorithm.ES256, "test").NewKey("local", key.PublicKey, "given", TimeProvider.System.GetUtcNow());

        if (emergency is null) Assert.Null(KeyWarning.EmergencyOf(purpose));
        else Assert.Contains(emergency, KeyWarning.EmergencyOf(purpose), StringComparison.Ordinal);
        Assert.StartsWith(revocation, KeyWarning.RevocationOf(row), StringComparison.Ordinal);
    }

    [Fact]
    public void An_emergency_of_all_breaks_what_one_of_id_jags_does() => Assert.Equal(KeyWarning.EmergencyOf(KeyPurpose.IdJag), KeyWarning.EmergencyOf(null));
}
