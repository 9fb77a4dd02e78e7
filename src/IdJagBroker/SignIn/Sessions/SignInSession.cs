namespace IdJagBroker.SignIn.Sessions;

/// <summary>A person who signed in at an identity provider, as this issuer remembers it.</summary>
internal sealed record SignInSession
{
    /// <summary>A random name; what ID Tokens carry as <c>sid</c>.</summary>
    public required string Sid { get; init; }

    /// <summary>The person's random key in the log.</summary>
    public required string SubjectKey { get; init; }

    /// <summary>The provider's issuer in the catalogue.</summary>
    public required string Upstream { get; init; }

    /// <summary>What the provider said, the last time that it was asked.</summary>
    public required SessionFacts Facts { get; init; }

    /// <summary>When the person signed in: by <c>auth_time</c>, or, without it, when the first ID Token was made.</summary>
    public required DateTimeOffset SignedInAt { get; init; }

    /// <summary>When the provider last vouched for the person.</summary>
    public required DateTimeOffset CheckedAt { get; init; }

    /// <summary>Until when a browser is answered without the provider.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether it was ended before its time: by the person, the provider, or because the provider knows the person no more.</summary>
    public bool IsEnded { get; init; }
}
