using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.TokenExchange.AdminAccess;

/// <summary>How access tokens for the admin API are made. Bound to <c>Management</c>.</summary>
internal sealed class AdminAccessOptions
{
    /// <summary>How long one lives: 1 min to 1 h. What an administrator loses in the catalogue is lost at once all the same.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);
}
