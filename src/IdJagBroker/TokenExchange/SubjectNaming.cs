using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Policies;
using IdJagBroker.Upstreams;

namespace IdJagBroker.TokenExchange;

/// <summary>What a person is called at an authorization server (D3, JAG-05, JAG-06): the same through whichever client.</summary>
/// <param name="pairwiseKey">The server-side key of pairwise names.</param>
internal sealed class SubjectNaming(byte[] pairwiseKey)
{
    // JAG-05: no receiver reads a longer one.
    private const int MaxChars = 255;

    /// <summary>The <c>sub</c>, or null if the upstream does not give what the rule asks for.</summary>
    public string? NameFor(CatalogAuthorizationServer server, VerifiedSubject subject, Person person) => server.Subject.Source switch
    {
        SubjectSource.Broker => person.Sub,
        SubjectSource.UpstreamSub => subject.Subject,
        SubjectSource.Claim => subject.SubjectClaims.GetValueOrDefault(server.Subject.Claim!),
        SubjectSource.Email => subject.VerifiedEmail is { Length: <= MaxChars } email ? email : null,      // an address may have 320
        SubjectSource.Pairwise => Base64Url.EncodeToString(HMACSHA256.HashData(pairwiseKey, Encoding.UTF8.GetBytes($"{server.Issuer.Value}\0{person.Sub}"))),
        _ => throw new InvalidOperationException($"No such subject rule: {server.Subject.Source}."),
    };

    /// <summary>Whether that name says nothing about the person, so that the log may hold it.</summary>
    public static bool IsRandom(CatalogAuthorizationServer server) => server.Subject.Source is SubjectSource.Broker or SubjectSource.Pairwise;
}
