using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Upstreams.People;

/// <summary>What is kept of a person beside the log. Bound to <c>PersonalDetails</c>.</summary>
internal sealed class PersonalDetailsOptions
{
    public const string None = "none";
    public const string Identity = "identity";
    public const string IdentityAndAddress = "identity_and_address";

    /// <summary>
    /// <c>identity</c>: what the upstream calls the person, the verified e-mail address and the name. <c>identity_and_address</c>: also the
    /// whole IP address and the user agent of the last request. <c>none</c>: nothing from now on.
    /// </summary>
    [AllowedValues(None, Identity, IdentityAndAddress)]
    public string Keep { get; set; } = Identity;
}
