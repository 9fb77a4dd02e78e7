namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>A person who can sign in at the provider, and what it knows of her.</summary>
internal sealed record Person
{
    /// <summary>The provider's stable id, such as <c>00u-ana</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What is typed into the login page.</summary>
    public required string UserName { get; init; }

    /// <summary>The password, hashed.</summary>
    public required PasswordHash Password { get; init; }

    /// <summary>The display name.</summary>
    public required string Name { get; init; }

    /// <summary>The e-mail address.</summary>
    public required string Email { get; init; }

    /// <summary>Whether the provider has verified that address.</summary>
    public bool EmailVerified { get; init; } = true;

    /// <summary>The groups.</summary>
    public IReadOnlyList<Group> Groups { get; init; } = [];

    /// <summary>How strong the person's sign-in is; the demonstration only types a password, this stands for what she has enrolled.</summary>
    public string Acr { get; init; } = "phr";

    /// <summary>By what the person signs in; see <see cref="Acr"/>.</summary>
    public IReadOnlyList<string> Amr { get; init; } = ["hwk", "mfa"];

    /// <summary>What the person reaches besides, with a security key.</summary>
    public IReadOnlyList<AuthenticationContext> WithSecurityKey { get; init; } = [];

    /// <summary>
    /// How long the person has already been signed in when she comes to the login page without a session; a <c>max_age</c> below it, or
    /// <c>prompt=login</c>, starts anew.
    /// </summary>
    public TimeSpan SessionAge { get; init; }

    /// <summary>Whether an administrator has disabled the person: no sign-in, no refresh.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>The ids of the applications that are not hers to use.</summary>
    public IReadOnlyList<string> NotAssignedTo { get; init; } = [];
}
