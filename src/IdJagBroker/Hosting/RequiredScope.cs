using IdJagBroker.Policies;

namespace IdJagBroker.Hosting;

/// <summary>What an endpoint of the admin API asks of an administrator; stands beside its route.</summary>
internal sealed record RequiredScope(AdminScope Scope);

/// <summary>Declares it.</summary>
internal static class RequiredScopeExtensions
{
    public static void RequireScope(this IEndpointConventionBuilder endpoint, AdminScope scope) => endpoint.Add(builder => builder.Metadata.Add(new RequiredScope(scope)));
}
