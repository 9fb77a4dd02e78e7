using System.ComponentModel.DataAnnotations;

namespace IdJagBroker.Revisions;

/// <summary>Where revisions of the policy come from. Bound to <c>Policies</c>.</summary>
internal sealed class PolicySourceOptions
{
    private const string InDirectory = "directory";
    private const string InDatabase = "database";
    private const string Required = "required";
    private const string None = "none";
    private const string Keep = "keep";
    private const string Deny = "deny";

    /// <summary><c>directory</c>: the files of <c>Broker:Policies</c>, which Git owns. <c>database</c>: releases that administrators publish and approve.</summary>
    [AllowedValues(InDirectory, InDatabase, ErrorMessage = "Policies:Source must be directory or database.")]
    public string Source { get; set; } = InDirectory;

    /// <summary>Of a database: <c>required</c>, so that a release decides only when somebody else than its author has approved it; or <c>none</c>.</summary>
    [AllowedValues(Required, None, ErrorMessage = "Policies:Approval must be required or none.")]
    public string Approval { get; set; } = Required;

    /// <summary>How long the source may not be readable before that is an alarm.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ErrorMessage = "Policies:StaleAfter must be from 00:00:01 to 30.00:00:00.", ParseLimitsInInvariantCulture = true, ConvertValueInInvariantCulture = true)]
    public TimeSpan StaleAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What happens then: <c>keep</c>, so that the last good policy goes on deciding; or <c>deny</c>, so that no token is issued until the source is back.</summary>
    [AllowedValues(Keep, Deny, ErrorMessage = "Policies:StaleAction must be keep or deny.")]
    public string StaleAction { get; set; } = Keep;

    public bool DeniesWhenStale => StaleAction is Deny;

    public bool IsDatabase => Source is InDatabase;

    public bool NeedsApproval => Approval is Required;

    /// <summary>For the start, before there is anything else.</summary>
    public static PolicySourceOptions Of(IConfiguration configuration) => configuration.GetSection("Policies").Get<PolicySourceOptions>() ?? new PolicySourceOptions();
}
