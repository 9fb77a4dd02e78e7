using IdJagBroker.Keys.Life;
using IdJagBroker.Protocol.Jws;
using Broker = IdJagBroker.Keys.Life.Replica;

namespace IdJagBroker.Tests.Keys.Life;

/// <summary>
/// Thousands of random histories (one seed each, named in a failure): replicas that come, hear late, fall silent; leaders that die after any
/// step; operators that ask, retire and revoke; clocks that run. What must never happen does not, and in the end every slot signs.
/// </summary>
public sealed class KeyLifePropertyTests
{
    private static readonly KeySlot[] Slots = [new(KeyPurpose.IdJag, JwsAlgorithm.ES256, "one"), new(KeyPurpose.IdJag, JwsAlgorithm.RS256, "one"), new(KeyPurpose.IdJag, JwsAlgorithm.ES256, "two")];

    // Each needs both algorithms somewhere: a key that nothing can follow signs on.
    private static readonly KeySlot[][] Needs = [Slots[..2], Slots[1..], Slots];

    /// <summary>The table and its replicas, without a database; every step is checked as it is taken.</summary>
    private sealed class World(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly KeyTimes _times = seed % 2 is 0 ? new(TimeSpan.FromHours(24), TimeSpan.FromDays(90)) : new(TimeSpan.FromMinutes(15), TimeSpan.FromHours(1));
        private readonly Dictionary<string, SigningKeyRow> _keys = [];
        private readonly Dictionary<string, HashSet<string>> _replicas = [];
        private IReadOnlyCollection<KeySlot> _slots = Needs[0];
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private int _made;

        public int Activations { get; private set; }

        public int Emergencies { get; private set; }

        public int Removals { get; private set; }

        private void Check(bool holds, string what) => Assert.True(holds, $"seed {seed}, {_now:u}: {what}");

        private IReadOnlyList<Broker> Live => [.. _replicas.Select(replica => new Broker(replica.Key, replica.Value))];

        private IReadOnlyList<KeyStep> Due => KeyLife.Due(_slots, [.. _keys.Values.OrderBy(key => key.CreatedAt)], Live, _ => _times, _now);

        private HashSet<string> Public => [.. _keys.Values.Where(key => key.IsPublic).Select(key => key.Kid)];

        public void Live1000()
        {
            for (var i = 0; i < 1000; i++) Happen(_random.Next(12));
        }

        private void Happen(int what)
        {
            switch (what)
            {
                case 0: _now += _random.Next(3) is 0 ? _times.RotateEvery / _random.Next(1, 9) : TimeSpan.FromSeconds(_random.Next(2000)); break;
                case 1 when _replicas.Count < 4: _replicas[$"r{_random.Next(1000)}"] = Public; break;       // reads before it serves
                case 2 when _replicas.Count > 0 && _random.Next(4) is 0: _replicas.Remove(Any(_replicas.Keys)); break;
                case 3 or 4 when _replicas.Count > 0: _replicas[Any(_replicas.Keys)] = Public; break;
                case 5 when _random.Next(8) is 0 && KeysIn(KeyState.Active) is { Length: > 0 } active:
                    var asked = Any(active);
                    if (asked.Rotation is not RotationRequest.Emergency) _keys[asked.Kid] = asked with { Rotation = _random.Next(2) is 0 ? RotationRequest.Orderly : RotationRequest.Emergency };
                    break;
                case 6 when _random.Next(15) is 0 && _keys.Count > 0: Move(Any(_keys.Values), KeyState.Revoked); break;
                case 7 when _random.Next(10) is 0 && KeysIn(KeyState.Created, KeyState.Published) is { Length: > 0 } next: Move(Any(next), KeyState.Removed); break;
                case 8 when _random.Next(100) is 0: _slots = Any(Needs); break;         // another mode, another vault
                default: Lead(_random.Next(4)); break;
            }
        }

        /// <summary>A leader, who dies after some steps.</summary>
        private bool Lead(int steps)
        {
            var due = Due.Take(steps).ToList();
            foreach (var step in due) Take(step);
            return due.Count > 0;
        }

        private void Take(KeyStep step)
        {
            switch (step)
            {
                case KeyStep.Create create:
                    Check(_slots.Contains(create.Slot), "a key for a slot that nobody needs");
                    var kid = $"k{_made++}";
                    _keys[kid] = new SigningKeyRow
                    {
                        Kid = kid, Purpose = create.Slot.Purpose, Algorithm = create.Slot.Algorithm.Name, Provider = "x", Place = create.Slot.Place, State = KeyState.Created, PublicJwk = "{}",
                        Reference = "", CreatedAt = _now, NotAfter = _random.Next(2) is 0 ? null : _now + (_times.PublishAhead * (1 + _random.NextDouble() * 10)),
                    };
                    break;
                case KeyStep.Publish publish: Move(_keys[publish.Kid], KeyState.Published); break;
                case KeyStep.Activate activate: Activate(activate); break;
                case KeyStep.Retire retire:
                    Check(!_slots.Contains(_keys[retire.Kid].Slot), "a key is retired that its slot needs");
                    Move(_keys[retire.Kid], KeyState.Retired);
                    break;
                case KeyStep.Remove remove:
                    Check(_keys[remove.Kid] is { State: KeyState.Retired, RetiredAt: { } since } ? _now >= since + KeyTimes.StayPublished : _now >= _keys[remove.Kid].NotAfter, "a key is removed while its tokens live, or before it could sign");
                    Removals++;
                    Move(_keys[remove.Kid], KeyState.Removed);
                    break;
                default: Check(false, $"no such step: {step}"); break;
            }
            Check(_keys.Values.Where(key => key.State is KeyState.Active).GroupBy(key => key.Slot).All(slot => slot.Count() is 1), "two active keys of one slot");
            Check(_keys.Values.Where(key => key.State is KeyState.Created or KeyState.Published).GroupBy(key => key.Slot).All(slot => slot.Count() is 1), "two keys on their way");
        }

        private void Activate(KeyStep.Activate step)
        {
            var (next, before) = (_keys[step.Kid], step.Retires is { } kid ? _keys[kid] : null);
            var mustHurry = before is null || before.Rotation is RotationRequest.Emergency || before.NotAfter <= _now;
            Check(_replicas.Values.Any(known => known.Contains(next.Kid)), "a key signs that nobody has");
            Check(mustHurry || _replicas.Values.All(known => known.Contains(next.Kid)), "a key signs that a live replica has not learned");
            Check(mustHurry || _now >= next.PublishedAt + _times.PublishAhead, "a key signs that verifiers cannot have seen");
            Check(next.NotAfter is null || _now < next.NotAfter, "a key begins to sign whose time is over");
            Check(step.Emergency == (_now < next.PublishedAt + _times.PublishAhead && _keys.Values.Count(key => key.Slot == next.Slot) > 1), "an emergency is not called one, or what is none is");
            if (before is not null) Move(before, KeyState.Retired);
            Move(next, KeyState.Active);
            Activations++;
            Emergencies += step.Emergency ? 1 : 0;
        }

        private void Move(SigningKeyRow key, KeyState to)
        {
            if (key.State is KeyState.Revoked) return;
            Check(to > key.State, $"{key.Kid} goes back from {key.State} to {to}");
            Check(to is not KeyState.Published || key.State is KeyState.Created, "published twice");
            Check(to is not KeyState.Active || key.State is KeyState.Published, "active without having been published");
            Check(to is not KeyState.Retired || key.State is KeyState.Active, "retired without having been active");
            _keys[key.Kid] = key with
            {
                State = to, Rotation = to is KeyState.Active ? key.Rotation : RotationRequest.None,
                PublishedAt = to is KeyState.Published ? _now : key.PublishedAt,
                ActivatedAt = to is KeyState.Active ? _now : key.ActivatedAt,
                RetiredAt = to is KeyState.Retired ? _now : key.RetiredAt,
            };
        }

        /// <summary>From here on nothing goes wrong: somebody leads, replicas hear, time passes.</summary>
        public void Settle()
        {
            if (_replicas.Count is 0) _replicas["last"] = Public;
            for (var hour = 0; hour < 60; hour++)
            {
                Learn();
                for (var turn = 0; Lead(100); turn++)
                {
                    Check(turn < 20, "there is always something due");
                    Learn();
                }
                foreach (var slot in _slots)
                {
                    // A place that is new waits for its key to be known, as long as another place signs that kind of token.
                    var (here, anywhere) = (_keys.Values.Count(key => key.State is KeyState.Active && key.Slot == slot),
                        _keys.Values.Count(key => key.State is KeyState.Active && key.Purpose == slot.Purpose && key.Slot.Algorithm == slot.Algorithm));
                    Check(hour > 3 ? here is 1 : here <= 1 && anywhere > 0, $"{slot} has {here} active keys, its kind {anywhere}");
                }
                foreach (var key in KeysIn(KeyState.Active)) Check(key.NotAfter is null || _now < key.NotAfter, $"{key.Kid} signs past its end");
                _now += _times.PublishAhead / 2;
            }
            Check(_keys.Values.All(key => key.State is not KeyState.Active || _slots.Contains(key.Slot)), "a key signs that nobody needs");
        }

        private void Learn()
        {
            foreach (var node in _replicas.Keys.ToList()) _replicas[node] = Public;
        }

        private SigningKeyRow[] KeysIn(params KeyState[] states) => [.. _keys.Values.Where(key => states.Contains(key.State))];

        private T Any<T>(IEnumerable<T> among) => among.ElementAt(_random.Next(among.Count()));
    }

    [Fact, Trait("Spec", "META-18")]
    public void Holds_its_promises_over_random_histories()
    {
        var (activations, emergencies, removals) = (0, 0, 0);
        for (var seed = 0; seed < 150; seed++)
        {
            var world = new World(seed);
            world.Live1000();
            world.Settle();
            (activations, emergencies, removals) = (activations + world.Activations, emergencies + world.Emergencies, removals + world.Removals);
        }
        // The histories are about something.
        Assert.True(activations > 2_000, $"{activations}");
        Assert.True(emergencies > 200 && emergencies < activations / 2, $"{emergencies} of {activations}");
        Assert.True(removals > 800, $"{removals}");
    }
}
