using IdJagBroker.Protocol;

namespace IdJagBroker.McpAuthorization;

/// <summary>
/// An ID-JAG that its issuer signed for this very authorization server, whatever else is wrong with it. A refusal of such a one is the issuer's to
/// know; of anything else nothing is known to be true, and nobody is told.
/// </summary>
/// <param name="Claims">What its issuer says.</param>
/// <param name="Issuer">The issuer, as it is configured here.</param>
internal sealed record GenuineIdJag(IdJag Claims, TrustedIssuer Issuer);
