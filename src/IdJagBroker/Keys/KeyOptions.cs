using System.ComponentModel.DataAnnotations;
using IdJagBroker.Hosting;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys;

/// <summary>Where tokens are signed. Bound to <c>Keys</c>; each mode has a section of its own below.</summary>
internal sealed class KeyOptions
{
    /// <summary><c>vault</c>, <c>wrapped</c>, or, in Development, <c>local</c>.</summary>
    [Required]
    public string Mode { get; set; } = "local";

    /// <summary>How long a key is in the JWKS before it signs; empty: as the mode says. No shorter than verifiers may keep the JWKS.</summary>
    [Range(typeof(TimeSpan), "00:15:00", "30.00:00:00")]
    public TimeSpan? PublishAhead { get; set; }

    /// <summary>How long a key signs; empty: as the mode says.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "730.00:00:00")]
    public TimeSpan? RotateEvery { get; set; }

    /// <summary>These times, or the mode's own where they are empty.</summary>
    /// <exception cref="StartupFailedException">The next key would be due before the last one signs: keys would be made without end.</exception>
    public KeyTimes TimesOr(KeyTimes own)
    {
        var times = new KeyTimes(PublishAhead ?? own.PublishAhead, RotateEvery ?? own.RotateEvery);
        return times.RotateEvery > times.PublishAhead
            ? times
            : throw new StartupFailedException($"Keys:RotateEvery ({times.RotateEvery}) must be longer than Keys:PublishAhead ({times.PublishAhead}).");
    }
}
