using System.Text.Json;

namespace IdJagBroker.McpAuthorization;

/// <summary>Somebody who has no account here yet, and of whom an issuer may make one (RAS-30).</summary>
/// <param name="Link">Who it is: what the new account must be linked to.</param>
/// <param name="Tenant">The tenant here that the account belongs to, or null.</param>
/// <param name="Claims">
/// What the ID-JAG says of the person, by the names that the issuer's rule allows and no others. <c>email</c> is among them only if it is verified and in a
/// domain that the issuer is authoritative for.
/// </param>
public sealed record NewPerson(SubjectLink Link, string? Tenant, IReadOnlyDictionary<string, JsonElement> Claims)
{
    /// <summary>A claim that is a string, or null.</summary>
    public string? Text(string claim) => Claims.TryGetValue(claim, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    /// <summary>Names the issuer, never the person.</summary>
    public override string ToString() => Link.ToString();
}
