using IdJagBroker.Keys.KeyVault;
using IdJagBroker.Shared;

namespace IdJagBroker.Tests.Keys.KeyVault;

/// <summary>When a vault that failed is tried again.</summary>
public sealed class VaultCircuitTests
{
    private readonly ManualClock _time = new();
    private readonly VaultCircuit _circuit;

    public VaultCircuitTests() => _circuit = new VaultCircuit(_time);

    [Fact]
    public void Five_quick_failures_pause_it_for_a_second_and_then_one_call_tries()
    {
        for (var i = 0; i < 5; i++) _circuit.Failed(_circuit.Enter());
        IsPaused(1);
        _time.Advance(TimeSpan.FromSeconds(1));
        _circuit.Enter();
        IsPaused(1);
    }

    [Fact]
    public void A_call_that_hung_for_longer_than_the_pause_does_not_prolong_it()
    {
        var began = Enumerable.Range(0, 5).Select(_ => _circuit.Enter()).ToList();
        _time.Advance(TimeSpan.FromSeconds(1.5));
        began.ForEach(_circuit.Failed);
        var tries = _circuit.Enter();
        _time.Advance(TimeSpan.FromSeconds(0.5));
        IsPaused(0.5);                  // it is the other call's turn, until a second after that began
        _time.Advance(TimeSpan.FromSeconds(1));
        _circuit.Failed(tries);
        _circuit.Enter();
    }

    [Fact]
    public void An_answer_ends_the_pause()
    {
        for (var i = 0; i < 5; i++) _circuit.Failed(_circuit.Enter());
        _time.Advance(TimeSpan.FromSeconds(1));
        _circuit.Enter();
        _circuit.Answered();
        _circuit.Enter();
        Assert.False(_circuit.IsOpen(out _));
    }

    private void IsPaused(double seconds)
    {
        Assert.True(_circuit.IsOpen(out var left));
        Assert.Equal(seconds, left.TotalSeconds);
        Assert.Throws<KeyVaultUnavailableException>(() => _circuit.Enter());
    }
}
