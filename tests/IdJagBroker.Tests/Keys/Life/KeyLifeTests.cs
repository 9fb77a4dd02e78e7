using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using Broker = IdJagBroker.Keys.Life.Replica;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>What is due, from what is: each row one state of the world, and the one thing that differs between neighbours decides.</summary>
public sealed class KeyLifeTests
{
    private static readonly KeyTimes Times = new(PublishAhead: TimeSpan.FromHours(24), RotateEvery: TimeSpan.FromDays(90));
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 9, 0, 0, TimeSpan.Zero);
    private static readonly KeySlot Slot = new(KeyPurpose.IdJag, JwsAlgorithm.ES256, "here");
    private static readonly KeySlot Elsewhere = new(KeyPurpose.IdJag, JwsAlgorithm.ES256, "there");
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    private static SigningKeyRow Key(string kid, KeyState state, KeySlot? slot = null) => new()
    {
        Kid = kid, Purpose = (slot ?? Slot).Purpose, Algorithm = (slot ?? Slot).Algorithm.Name, Provider = "local", Place = (slot ?? Slot).Place,
        State = state, PublicJwk = "{}", Reference = kid, CreatedAt = Now.AddDays(-10),
        PublishedAt = state is KeyState.Created ? null : Now.AddDays(-9),
        ActivatedAt = state is KeyState.Active or KeyState.Retired ? Now.AddDays(-8) : null,
        RetiredAt = state is KeyState.Retired ? Now : null,
    };

    private static SigningKeyRow Old => Key("old", KeyState.Active);

    private static SigningKeyRow Next(TimeSpan ago) => Key("next", KeyState.Published) with { PublishedAt = Now - ago };

    private static Broker Knows(string node, params string[] kids) => new(node, kids.ToHashSet(StringComparer.Ordinal));

    private static IReadOnlyList<KeyStep> Due(SigningKeyRow[] keys, params Broker[] replicas) => KeyLife.Due([Slot], keys, replicas, _ => Times, Now);

    private static Broker[] AllKnow => [Knows("a", "old", "next"), Knows("b", "old", "next")];

    private static Broker[] OneLacks => [Knows("a", "old", "next"), Knows("b", "old")];

    [Fact]
    public void Makes_the_first_key_of_a_slot_and_publishes_it()
    {
        Assert.Equal([new KeyStep.Create(Slot)], Due([]));
        Assert.Equal([new KeyStep.Create(Slot), new KeyStep.Create(Elsewhere)], KeyLife.Due([Slot, Elsewhere], [], [], _ => Times, Now));
        Assert.Equal([new KeyStep.Publish("k")], Due([Key("k", KeyState.Created)]));
        Assert.Equal([new KeyStep.Create(Slot)], Due([Key("k", KeyState.Active, Elsewhere)]));       // another slot's key is no key of this one
    }

    [Fact, Trait("Spec", "META-18")]
    public void Lets_the_first_key_sign_as_soon_as_every_replica_has_it_and_calls_that_no_emergency()
    {
        var first = Key("k", KeyState.Published) with { PublishedAt = Now };
        Assert.Empty(Due([first]));
        Assert.Empty(Due([first], Knows("a", "k"), Knows("b")));
        Assert.Equal([new KeyStep.Activate("k", null, Emergency: false)], Due([first], Knows("a", "k"), Knows("b", "k")));
    }

    [Fact, Trait("Spec", "META-18")]
    public void Lets_a_new_place_wait_while_another_signs_the_same_on_every_replica()
    {
        var (elsewhere, here) = (Key("old", KeyState.Active, Elsewhere), Next(Times.PublishAhead - Moment));
        Assert.Empty(KeyLife.Due([Slot, Elsewhere], [elsewhere, here], AllKnow, _ => Times, Now));
        Assert.Equal([new KeyStep.Activate("next", null, Emergency: false)], KeyLife.Due([Slot, Elsewhere], [elsewhere, Next(Times.PublishAhead)], AllKnow, _ => Times, Now));
        // One that cannot sign there is no reason to wait: its time is over, or a replica cannot open it.
        Assert.Single(KeyLife.Due([Slot, Elsewhere], [elsewhere with { NotAfter = Now }, here], AllKnow, _ => Times, Now).OfType<KeyStep.Activate>());
        Assert.Single(KeyLife.Due([Slot, Elsewhere], [elsewhere, here], [Knows("a", "old", "next"), Knows("b", "next")], _ => Times, Now).OfType<KeyStep.Activate>());
    }

    [Fact, Trait("Spec", "META-18")]
    public void Lets_the_next_key_sign_only_after_it_was_published_long_enough()
    {
        Assert.Empty(Due([Old, Next(Times.PublishAhead - Moment)], AllKnow));
        Assert.Equal([new KeyStep.Activate("next", "old", Emergency: false)], Due([Old, Next(Times.PublishAhead)], AllKnow));
    }

    [Fact]
    public void Lets_no_key_sign_that_a_live_replica_lacks_however_long_that_takes()
    {
        Assert.Empty(Due([Old, Next(Times.PublishAhead * 10)], OneLacks));
        Assert.Empty(Due([Old, Next(Times.PublishAhead * 10)]));          // nobody is there to publish it, or to sign
    }

    [Fact]
    public void Waits_in_an_emergency_for_the_replicas_but_not_for_caches_and_not_for_ever()
    {
        var old = Old with { Rotation = RotationRequest.Emergency };
        var activate = new KeyStep.Activate("next", "old", Emergency: true);
        Assert.Equal([activate], Due([old, Next(TimeSpan.Zero)], AllKnow));
        Assert.Empty(Due([old, Next(KeyTimes.EmergencyPatience - Moment)], OneLacks));
        Assert.Equal([activate], Due([old, Next(KeyTimes.EmergencyPatience)], OneLacks));
        Assert.Empty(Due([old, Next(KeyTimes.EmergencyPatience)], Knows("a", "old"), Knows("b", "old")));      // nobody could sign
        Assert.Empty(Due([old, Next(KeyTimes.EmergencyPatience)]));
        Assert.Equal([activate with { Emergency = false }], Due([old, Next(Times.PublishAhead)], OneLacks));   // verifiers have seen it after all
    }

    [Fact]
    public void Does_not_take_an_orderly_request_for_an_emergency()
    {
        var old = Old with { Rotation = RotationRequest.Orderly };
        Assert.Equal([new KeyStep.Create(Slot)], Due([old]));
        Assert.Empty(Due([old, Next(Times.PublishAhead - Moment)], AllKnow));
        Assert.Empty(Due([old, Next(Times.PublishAhead)], OneLacks));
    }

    [Fact]
    public void Takes_a_key_past_its_end_and_a_slot_without_one_for_an_emergency()
    {
        var activate = new KeyStep.Activate("next", "old", Emergency: true);
        Assert.Equal([activate], Due([Old with { NotAfter = Now }, Next(TimeSpan.Zero)], AllKnow));
        Assert.Empty(Due([Old with { NotAfter = Now + Moment }, Next(TimeSpan.Zero)], AllKnow));
        var revoked = Key("gone", KeyState.Revoked);
        Assert.Equal([activate with { Retires = null }], Due([revoked, Next(TimeSpan.Zero)], AllKnow));
        Assert.Equal([new KeyStep.Create(Slot)], Due([revoked]));
    }

    [Fact]
    public void Lets_no_key_sign_whose_own_time_is_over_and_makes_room_for_another()
    {
        Assert.Equal([new KeyStep.Remove("next")], Due([Old, Next(Times.PublishAhead) with { NotAfter = Now }], AllKnow));
        Assert.Equal([new KeyStep.Remove("k")], Due([Old, Key("k", KeyState.Created) with { NotAfter = Now }], AllKnow));
        Assert.Equal([new KeyStep.Activate("next", "old", Emergency: false)], Due([Old, Next(Times.PublishAhead) with { NotAfter = Now + Moment }], AllKnow));
    }

    [Fact]
    public void Makes_the_next_key_when_the_time_of_the_one_before_is_over_or_an_operator_asks()
    {
        var early = Old with { ActivatedAt = Now - Times.RotateEvery + Times.PublishAhead + Moment };
        Assert.Empty(Due([early], AllKnow));
        Assert.Equal([new KeyStep.Create(Slot)], Due([early with { ActivatedAt = early.ActivatedAt - Moment }], AllKnow));
        Assert.Equal([new KeyStep.Create(Slot)], Due([early with { Rotation = RotationRequest.Orderly }], AllKnow));
        Assert.Equal([new KeyStep.Create(Slot)], Due([early with { Rotation = RotationRequest.Emergency }], AllKnow));
        var ends = Now + (2 * Times.PublishAhead);
        Assert.Equal([new KeyStep.Create(Slot)], Due([early with { NotAfter = ends }], AllKnow));
        Assert.Empty(Due([early with { NotAfter = ends + Moment }], AllKnow));
    }

    [Fact]
    public void Does_not_let_a_distant_end_put_off_a_rotation()
    {
        var due = Old with { ActivatedAt = Now - Times.RotateEvery + Times.PublishAhead, NotAfter = Now.AddYears(1) };
        Assert.Equal([new KeyStep.Create(Slot)], Due([due], AllKnow));
    }

    [Fact]
    public void Makes_no_second_key_while_one_is_on_its_way()
    {
        var due = Old with { Rotation = RotationRequest.Orderly };
        Assert.Equal([new KeyStep.Publish("k")], Due([due, Key("k", KeyState.Created)], AllKnow));
        Assert.Empty(Due([due, Next(TimeSpan.Zero)], AllKnow));
    }

    [Fact, Trait("Spec", "META-18")]
    public void Removes_a_retired_key_when_the_last_token_that_it_signed_has_expired()
    {
        var retired = Key("gone", KeyState.Retired) with { RetiredAt = Now - KeyTimes.StayPublished };
        Assert.Equal([new KeyStep.Remove("gone")], Due([Old, retired], AllKnow));
        Assert.Empty(Due([Old, retired with { RetiredAt = retired.RetiredAt + Moment }], AllKnow));
        Assert.Equal([new KeyStep.Remove("gone")], KeyLife.Due([], [retired], [], _ => Times, Now));       // also of a slot that nobody needs
        Assert.Empty(Due([Old, Key("r", KeyState.Removed), Key("x", KeyState.Revoked)], AllKnow));
    }

    [Theory]
    [InlineData("audit_checkpoint"), InlineData("audit_export"), InlineData("policy_release")]
    public void Keeps_a_retired_key_of_the_log_for_as_long_as_there_is_a_log(string purpose)
    {
        var retired = Key("gone", KeyState.Retired, new KeySlot(KeyWords.Purpose(purpose), JwsAlgorithm.ES256, "here")) with { RetiredAt = Now - TimeSpan.FromDays(3650) };
        Assert.Empty(KeyLife.Due([], [retired], [], _ => Times, Now));
        Assert.Null(KeyLife.NextAt(retired, Times));
    }

    [Fact]
    public void Gives_each_purpose_its_own_times()
    {
        var log = new KeySlot(KeyPurpose.AuditCheckpoint, JwsAlgorithm.ES256, "here");
        var active = Key("of the log", KeyState.Active, log);
        var brief = new KeyTimes(TimeSpan.FromHours(1), TimeSpan.FromDays(1));
        Assert.Equal([new KeyStep.Create(log)], KeyLife.Due([log], [active], [], _ => brief, Now));
        Assert.Empty(KeyLife.Due([log], [active], [], purpose => purpose is KeyPurpose.AuditCheckpoint ? Times : brief, Now));
    }

    [Fact]
    public void Retires_the_key_of_a_place_that_is_not_used_any_more_once_another_signs()
    {
        var left = Key("left", KeyState.Active, Elsewhere);
        Assert.Equal([new KeyStep.Retire("left")], Due([Old, left], AllKnow));
        Assert.Equal([new KeyStep.Publish("k")], Due([Key("k", KeyState.Created), left], AllKnow));
        Assert.DoesNotContain(new KeyStep.Retire("left"), Due([left], AllKnow));
        Assert.Empty(KeyLife.Due([Slot, Elsewhere], [Old, left], AllKnow, _ => Times, Now));
        var other = new KeySlot(KeyPurpose.IdJag, JwsAlgorithm.RS256, "there");
        Assert.Empty(Due([Old, Key("rsa", KeyState.Active, other)], AllKnow));         // nothing else signs RS256
        Assert.Empty(Due([Old, Key("id", KeyState.Active, other with { Purpose = KeyPurpose.IdToken, Algorithm = JwsAlgorithm.ES256 })], AllKnow));
        Assert.Empty(Due([Old, Key("r", KeyState.Retired, Elsewhere)], AllKnow));
    }

    [Fact]
    public void Does_not_count_the_successor_of_a_left_over_key_before_it_signs()
    {
        var left = Key("left", KeyState.Active, Elsewhere);
        Assert.Empty(Due([Next(TimeSpan.Zero), left], Knows("a", "left"), Knows("b", "left", "next")));
        Assert.Equal([new KeyStep.Retire("left")], Due([Old, Key("also", KeyState.Retired), left], AllKnow));
    }

    [Fact]
    public void Says_when_the_next_step_is_due()
    {
        Assert.Null(KeyLife.NextAt(Key("k", KeyState.Created), Times));
        Assert.Equal(Now + Times.PublishAhead, KeyLife.NextAt(Next(TimeSpan.Zero), Times));
        Assert.Equal(Old.ActivatedAt + Times.RotateEvery - Times.PublishAhead, KeyLife.NextAt(Old, Times));
        Assert.Equal(Now.AddDays(8), KeyLife.NextAt(Old with { NotAfter = Now.AddDays(10) }, Times));
        Assert.Equal(Now + KeyTimes.StayPublished, KeyLife.NextAt(Key("k", KeyState.Retired), Times));
        Assert.Null(KeyLife.NextAt(Key("k", KeyState.Removed), Times));
        Assert.Null(KeyLife.NextAt(Key("k", KeyState.Revoked), Times));
    }

    [Fact, Trait("Spec", "META-18")]
    public void Lets_an_operator_shorten_the_wait_to_the_life_of_a_jwks_copy_and_no_further()
    {
        Assert.True(KeyLife.CanTakeOver(Next(KeyTimes.JwksLifetime), AllKnow, Now));
        Assert.False(KeyLife.CanTakeOver(Next(KeyTimes.JwksLifetime - Moment), AllKnow, Now));
        Assert.False(KeyLife.CanTakeOver(Next(KeyTimes.JwksLifetime), OneLacks, Now));
        Assert.False(KeyLife.CanTakeOver(Next(KeyTimes.JwksLifetime), [], Now));
        Assert.False(KeyLife.CanTakeOver(Next(KeyTimes.JwksLifetime) with { State = KeyState.Created }, AllKnow, Now));
    }
}
