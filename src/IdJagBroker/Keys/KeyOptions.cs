using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Keys;

/// <summary>Where ID-JAGs are signed. Bound to <c>Keys</c>.</summary>
internal sealed class KeyOptions
{
    /// <summary>Only <c>local</c> so far: a key file, refused outside Development.</summary>
    [RegularExpression("^local$", ErrorMessage = "Keys:Mode must be 'local'.")]
    public string Mode { get; set; } = "local";

    /// <summary>The directory of the key file, readable by this account only.</summary>
    [Required]
    public string Directory { get; set; } = ".idjag/keys";
}
