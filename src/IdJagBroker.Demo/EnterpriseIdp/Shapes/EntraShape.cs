using System.Text.Json.Nodes;

namespace IdJagBroker.Demo.EnterpriseIdp.Shapes;

/// <summary>
/// Microsoft Entra, v2: the tenant is in the issuer, <c>sub</c> differs for each application while <c>oid</c> stays, groups are object
/// ids and leave the token when they are too many, nothing says that an address is verified, keys have no <c>alg</c>.
/// </summary>
/// <param name="tenantId">The tenant, a GUID.</param>
internal sealed class EntraShape(string tenantId) : IdTokenShape
{
    /// <summary>The most groups that fit into a token.</summary>
    public const int MaxGroups = 200;

    public override string IssuerPath => $"/{tenantId}/v2.0";

    /// <summary><c>common</c> answers with a template instead of an issuer.</summary>
    public override IReadOnlyDictionary<string, string> OtherDiscoveryPaths { get; } =
        new Dictionary<string, string> { ["/common/v2.0"] = "/{tenantid}/v2.0", ["/organizations/v2.0"] = "/{tenantid}/v2.0" };

    public override string SubjectType => "pairwise";

    public override TimeSpan Lifetime => TimeSpan.FromMinutes(65);

    public override bool HeaderHasX5t => true;

    /// <summary>The stable id of a person or group in this tenant.</summary>
    public static string ObjectId(string id) => DerivedId.Guid(id);

    public override string Subject(Person person, string clientId) => DerivedId.Pairwise(ObjectId(person.Id), clientId);

    public override JsonObject Claims(SignIn signIn)
    {
        var person = signIn.Person;
        var objectId = ObjectId(person.Id);
        var claims = Required(signIn);
        claims["nbf"] = signIn.IssuedAt.ToUnixTimeSeconds();
        claims["tid"] = tenantId;
        claims["oid"] = objectId;
        claims["name"] = person.Name;
        claims["preferred_username"] = person.Email;
        claims["email"] = person.Email;
        claims["amr"] = Strings(signIn.Context.Amr);
        claims["auth_time"] = signIn.Authentication.At.ToUnixTimeSeconds();
        claims["acrs"] = Strings([signIn.Context.Acr]);
        claims["ver"] = "2.0";
        WriteGroups(claims, person, objectId, signIn.Issuer);
        return claims;
    }

    public override void Publish(JsonObject key, string issuer)
    {
        key.Remove("alg");
        key["x5t"] = key["kid"]!.GetValue<string>();
        key["issuer"] = issuer;
    }

    // Over the limit there is no groups claim at all, only where to ask: a reader that takes "absent" for "none" decides wrongly.
    private static void WriteGroups(JsonObject claims, Person person, string objectId, string issuer)
    {
        if (person.Groups.Count <= MaxGroups)
        {
            claims["groups"] = Strings(person.Groups.Select(group => ObjectId(group.Id)));
            return;
        }
        claims["_claim_names"] = new JsonObject { ["groups"] = "src1" };
        claims["_claim_sources"] = new JsonObject
        {
            ["src1"] = new JsonObject { ["endpoint"] = $"{issuer}/users/{objectId}/getMemberObjects" },
        };
    }
}
