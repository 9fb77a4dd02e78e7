using System.Reflection;
using IdJagBroker.Hosting;

namespace IdJagBroker.Tests;

/// <summary>Who may refer to whom (docs/architecture.md): held by looking at what the compiled code really uses.</summary>
public sealed class ArchitectureTests
{
    private static readonly Assembly Service = typeof(BrokerApplication).Assembly;
    private static readonly Assembly Protocol = typeof(IdJagBroker.Protocol.Issuer).Assembly;
    private static readonly Assembly Library = Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "IdJagBroker.McpAuthorization.dll"));

    [Fact]
    public void Protocol_uses_the_base_class_library_only() =>
        Assert.All(References(Protocol), name => Assert.StartsWith("System.", name, StringComparison.Ordinal));

    [Fact]
    public void The_library_brings_no_luggage() => Assert.All(References(Library), name => Assert.True(
        name is "IdJagBroker.Protocol" || name.StartsWith("System.", StringComparison.Ordinal)
        || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal)
        || name is "Microsoft.Net.Http.Headers" || name is "Microsoft.Extensions.Primitives", name));

    [Fact]
    public void The_service_never_uses_the_library() => Assert.DoesNotContain("IdJagBroker.McpAuthorization", References(Service));

    [Theory]
    [InlineData("Clients"), InlineData("Upstreams"), InlineData("Audiences"), InlineData("Policies"), InlineData("Audit"), InlineData("Keys"), InlineData("Dpop"), InlineData("Revisions"), InlineData("Locks")]
    public void A_step_knows_neither_the_walk_nor_the_door(string slice)
    {
        string[] above = ["TokenExchange", "SignIn", "Receipts", "Discovery", "Admin"];
        var used = UsesOf(slice).Where(use => above.Contains(use.Slice)).Select(use => use.ToString());
        Assert.Empty(used);
    }

    [Fact]
    public void Sign_in_is_known_to_the_walk_and_to_those_who_open_its_doors_and_to_nobody_else()
    {
        string[] knowing = ["SignIn", "TokenExchange", "Hosting", "Discovery", "Admin"];
        Assert.Empty(Slices.Except(knowing).SelectMany(UsesOf).Where(use => use.Slice is "SignIn").Select(use => use.ToString()));
        // The walk asks for the people of its subject tokens, and hands over the two grants that are sign-in's: no pages, no sessions, no providers.
        Assert.Empty(UsesOf("TokenExchange").Where(use => use.Slice is "SignIn" && use.To.Namespace is not "IdJagBroker.SignIn.Grants").Select(use => use.ToString()));
        Assert.Empty(UsesOf("Admin").Where(use => use.Slice is "SignIn" && use.To.Namespace is not "IdJagBroker.SignIn.Control").Select(use => use.ToString()));
    }

    [Fact]
    public void Sign_in_uses_the_steps_and_of_the_walk_what_every_request_at_the_token_endpoint_has()
    {
        string[] steps = ["SignIn", "Clients", "Upstreams", "Policies", "Audit", "Keys", "Locks", "Dpop", "Revisions", "Egress"];
        string[] shared = ["ITokenRequest", "RateLimits", "JwtIds", "AttemptNotes"];
        string[] doors = ["FormBody", "OAuthResponse", "FailureResponses", "EndpointPaths", "PublicDocument"];
        // An operation of the admin API is made of what all of them are made of.
        static bool IsOfAdmins(Use use) => use.From.Namespace is "IdJagBroker.SignIn.Control" && use.Slice is "Hosting";
        Assert.Empty(UsesOf("SignIn").Where(use => !steps.Contains(use.Slice) && !shared.Contains(use.To.Name) && !doors.Contains(use.To.Name) && !IsOfAdmins(use)).Select(use => use.ToString()));
    }

    [Fact]
    public void Policies_know_no_database_no_http_and_no_clock()
    {
        // Values, with no socket behind them: rules are about networks.
        Type[] addresses = [typeof(System.Net.IPAddress), typeof(System.Net.IPNetwork), typeof(System.Net.Sockets.AddressFamily)];
        var foreign = TypesOf("Policies").Where(type => !IsOfCommand(type)).SelectMany(UsedTypes).Where(used =>
            used.Namespace is { } name && (name.StartsWith("Npgsql", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal)
                || (name.StartsWith("System.Net", StringComparison.Ordinal) && !addresses.Contains(used))) || used == typeof(TimeProvider));
        Assert.Empty(foreign.Select(type => type.FullName));
        Assert.Empty(UsesOf("Policies").Where(use => use.Slice is not "Policies" && !IsOfCommand(use.From)).Select(use => use.ToString()));
    }

    [Fact]
    public void Proofs_know_no_database_no_http_and_no_clock()
    {
        var foreign = TypesOf("Audit").Where(type => type.Namespace is "IdJagBroker.Audit.Proof").SelectMany(UsedTypes).Where(used =>
            used.Namespace is { } name && (name.StartsWith("Npgsql", StringComparison.Ordinal) || name.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions", StringComparison.Ordinal)
                || name.StartsWith("System.Net", StringComparison.Ordinal)) || used == typeof(TimeProvider));
        Assert.Empty(foreign.Select(type => type.FullName));
    }

    [Fact]
    public void The_probe_signs_anything_and_so_nothing_of_the_broker_uses_it_or_lends_it_a_key()
    {
        string[] lent = ["Probe", "Egress", "Hosting"];
        string[] shared = ["GivenKeys", "KeptFile", "TextTable"];
        Assert.Empty(UsesOf("Probe").Where(use => !lent.Contains(use.Slice) && !shared.Contains(use.To.Name)).Select(use => use.ToString()));
        Assert.Empty(Slices.Where(slice => slice is not "Probe").SelectMany(UsesOf).Where(use => use.Slice is "Probe").Select(use => use.ToString()));
    }

    private static IEnumerable<string> Slices => Service.GetTypes().Select(SliceOf).OfType<string>().Distinct();

    // A command, or what the compiler makes of the lambdas in it.
    private static bool IsOfCommand(Type type) => type.DeclaringType is { } outer ? IsOfCommand(outer) : type.Name.EndsWith("Command", StringComparison.Ordinal);

    private sealed record Use(Type From, Type To)
    {
        public string Slice => SliceOf(To) ?? "";

        public override string ToString() => $"{From.Name} → {To.FullName}";
    }

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);

    private static string? SliceOf(Type type) =>
        type.Assembly == Service && type.Namespace?.Split('.') is ["IdJagBroker", var slice, ..] ? slice : null;

    private static IEnumerable<Type> TypesOf(string slice) => Service.GetTypes().Where(type => SliceOf(type) == slice);

    private static IEnumerable<Use> UsesOf(string slice) =>
        TypesOf(slice).SelectMany(type => UsedTypes(type).Where(used => SliceOf(used) is not null).Distinct().Select(used => new Use(type, used)));

    private static IEnumerable<Type> UsedTypes(Type type)
    {
        const BindingFlags everything = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var signatures = type.GetFields(everything).Select(field => field.FieldType)
            .Concat(type.GetMethods(everything).SelectMany(method => method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType)))
            .Concat(type.GetConstructors(everything).SelectMany(constructor => constructor.GetParameters().Select(p => p.ParameterType)));
        var bodies = type.GetMethods(everything).Cast<MethodBase>().Concat(type.GetConstructors(everything)).SelectMany(body => body.UsedMembers()).Select(member => member as Type ?? member.DeclaringType).OfType<Type>();
        return signatures.Concat(bodies).SelectMany(Flatten);
    }

    private static IEnumerable<Type> Flatten(Type type) => type.IsGenericType ? type.GetGenericArguments().SelectMany(Flatten).Append(type.GetGenericTypeDefinition()) : [type];
}
