using System.Net;
using IdJagBroker.Audiences;
using IdJagBroker.Clients;
using IdJagBroker.Dpop;
using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Protocol;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>What a request asks for and under which circumstances, all of it verified: the facts that the policy decides on.</summary>
/// <param name="Client">Who asks.</param>
/// <param name="Subject">For whom.</param>
/// <param name="Person">The same by the broker's own names.</param>
/// <param name="Audience">Where.</param>
/// <param name="Request">As it was written.</param>
/// <param name="Binding">The key that the token will be bound to.</param>
/// <param name="Caller">From which address.</param>
/// <param name="At">When.</param>
internal sealed record AskedAccess(
    Authenticated<CatalogClient> Client, VerifiedSubject Subject, Person Person, ResolvedAudience Audience, TokenExchangeRequest Request, KeyBinding Binding, IPAddress? Caller,
    DateTimeOffset At)
{
    /// <summary>The same for the policy.</summary>
    /// <param name="scope">The scope that is asked for, defaults filled in.</param>
    public PolicyInput Facts(ScopeSet scope) => new()
    {
        ClientAlias = Client.Registration.Alias,
        Subject = Subject.PolicyName,
        Idp = Subject.Upstream,
        Tenant = Subject.Tenant,
        Groups = Subject.Groups,
        GroupsComplete = Subject.GroupsComplete,
        Claims = Subject.PolicyClaims,
        ResourceAliases = Audience.ResourceAliases,
        ResourceNamed = Request.Resources.Count > 0,
        Scope = scope,
        Acr = Subject.AuthenticationContexts,
        Amr = Subject.Amr,
        SignInAge = Subject.SignInAge,
        Dpop = Binding.Thumbprint is not null,
        Network = Caller is null ? null : Whole(Caller),
        At = At,
    };

    private static IPNetwork Whole(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return new IPNetwork(address, address.AddressFamily is System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128);
    }
}
