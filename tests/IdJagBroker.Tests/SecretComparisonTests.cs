using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using IdJagBroker.Hosting;
using IdJagBroker.Protocol;

namespace IdJagBroker.Tests;

/// <summary>
/// Secrets, digests and thumbprints are compared in constant time, or not at all (SEC-24): held by looking at what the compiled code
/// calls. A method that touches one and compares texts or bytes in any other way is a finding, whichever of the two it was about.
/// </summary>
public sealed class SecretComparisonTests
{
    private static readonly Assembly[] Product =
        [typeof(BrokerApplication).Assembly, typeof(Issuer).Assembly, Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, "IdJagBroker.McpAuthorization.dll"))];

    private static readonly HashSet<string> Confidential = new(StringComparer.Ordinal)
    {
        "Secret", "Secrets", "SecretHash", "SecretHashes", "TokenHash", "Hash", "_hash", "Thumbprint", "KeyThumbprint", "Digest", "SigningInputHash", "AccessTokenHash", "Nonce",
        "SecretKey", "NewSecret", "HashData", "DeriveKey", "RefreshDigest", "CodeChallenge", "ChallengeOf", "DigestOf", "DpopKeyThumbprint",
    };

    [Fact, Trait("Spec", "SEC-24")]
    public void Nothing_that_touches_a_secret_a_digest_or_a_thumbprint_compares_in_another_way() =>
        Assert.Empty(Product.SelectMany(assembly => assembly.GetTypes()).SelectMany(Findings));

    // The rule sees what it is for: in an expression, in a lambda and in what the compiler makes of an async method.
    [Fact]
    public void The_rule_finds_such_a_comparison_wherever_it_stands()
    {
        var found = typeof(Careless).GetNestedTypes(BindingFlags.NonPublic).Prepend(typeof(Careless)).SelectMany(Findings).ToList();

        Assert.Equal(5, found.Count);
    }

    [Fact, Trait("Spec", "SEC-24")]
    public void Whoever_decides_by_a_secret_asks_for_constant_time()
    {
        string[] deciding =
            ["IdJagBroker.Clients.ClientSecretHash", "IdJagBroker.Protocol.Jws.DpopNonce", "IdJagBroker.Protocol.Jws.DpopProof", "IdJagBroker.Protocol.Jws.KeyConfirmation", "IdJagBroker.McpAuthorization.IssuedAccessToken", "IdJagBroker.Clients.Registry.RegisteredSecret", "IdJagBroker.McpAuthorization.ClientSecretHash", "IdJagBroker.McpAuthorization.IdJagValidator",
                "IdJagBroker.Protocol.Pkce", "IdJagBroker.SignIn.Grants.RefreshToken", "IdJagBroker.SignIn.Grants.RefreshTokens", "IdJagBroker.SignIn.Providers.ProviderIdToken"];
        var types = Product.SelectMany(assembly => assembly.GetTypes()).ToLookup(type => type.FullName);

        Assert.All(deciding, name => Assert.Contains(
            Assert.Single(types[name]).Bodies().SelectMany(body => body.UsedMembers()), member => member.Name is nameof(CryptographicOperations.FixedTimeEquals)));
    }

    private static IEnumerable<string> Findings(Type type) => type.Bodies().Where(IsOurs)
        .Where(body => body.UsedMembers().Any(IsConfidential) && body.UsedMembers().Any(IsComparison)).Select(body => $"{type.FullName}.{body.Name}");

    private static bool IsOurs(MethodBase body) => !body.Name.Contains("PrintMembers") && !(body.Name is "Equals" or "op_Equality" or "op_Inequality" && body.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static bool IsConfidential(MemberInfo member) =>
        Confidential.Contains(member.Name) || (member.Name.StartsWith("get_", StringComparison.Ordinal) && Confidential.Contains(member.Name[4..]));

    private static bool IsComparison(MemberInfo member) => member is MethodBase && (
        (member.DeclaringType == typeof(string) && member.Name is "op_Equality" or "op_Inequality" or "Equals" or "Compare" or "CompareOrdinal" or "CompareTo")
        || member.Name is "SequenceEqual" or "SequenceCompareTo" or "SetEquals"
        || (member.DeclaringType == typeof(StringComparer) && member.Name is "Equals"));

    private sealed class Careless
    {
        public string Secret { get; } = "";

        public byte[] Digest { get; } = [];

        public bool ByOperator(string given) => Secret == given;

        public bool ByMethod(string given) => string.Equals(given, Secret, StringComparison.Ordinal);

        public bool ByBytes(byte[] given) => Digest.AsSpan().SequenceEqual(given);

        public bool InALambda(string[] given) => Array.Exists(given, one => one == Secret);

        public async Task<bool> LaterAsync(Task<string> given) => await given == Secret;
    }
}
