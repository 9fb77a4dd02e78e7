using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Admin;

/// <summary>Who may use the management port. Bound to <c>Management</c>.</summary>
internal sealed class ManagementOptions
{
    /// <summary>The hash of the management token, as <c>idjag secret hash</c> prints it. In Development it is made at first start.</summary>
    [Required, RegularExpression("^hmac-sha256:[A-Za-z0-9_-]{43}$", ErrorMessage = "Management:TokenHash must be what 'idjag secret hash' prints.")]
    public string TokenHash { get; set; } = "";
}
