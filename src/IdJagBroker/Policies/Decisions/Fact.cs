namespace IdJagBroker.Policies.Decisions;

/// <summary>What conditions ask about and a request may not tell.</summary>
[Flags]
internal enum Fact
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Which authentication context the sign-in met.</summary>
    Acr = 1 << 0,

    /// <summary>By which methods the person signed in.</summary>
    Amr = 1 << 1,

    /// <summary>How long ago.</summary>
    SignInAge = 1 << 2,

    /// <summary>Where the caller is.</summary>
    Network = 1 << 3,

    /// <summary>The person's groups.</summary>
    Groups = 1 << 4,

    /// <summary>Claims about the person.</summary>
    Claims = 1 << 5,

    /// <summary>The person's tenant.</summary>
    Tenant = 1 << 6,

    /// <summary>Who the person is.</summary>
    Subject = 1 << 7,

    /// <summary>Whether the token is bound to a key.</summary>
    Dpop = 1 << 8,

    /// <summary>Whether the request named its resource.</summary>
    Resource = 1 << 10,

    /// <summary>The time.</summary>
    Time = 1 << 11,

    /// <summary>Claims about the device.</summary>
    Device = 1 << 12,

    /// <summary>Everything about the sign-in.</summary>
    SignIn = Acr | Amr | SignInAge,

    /// <summary>Everything that may be different at the next request of the same person by the same client.</summary>
    Circumstances = SignIn | Network | Device | Dpop | Resource | Time,
}
