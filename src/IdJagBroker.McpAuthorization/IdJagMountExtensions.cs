using IdJagBroker.McpAuthorization.Mounting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IdJagBroker.McpAuthorization;

/// <summary>Mounts the grant into an authorization server that the application has already.</summary>
public static class IdJagMountExtensions
{
    /// <summary>
    /// Redeems ID-JAGs at the token endpoint of another server in this application (<see cref="IdJagAuthorizationServerOptions.TokenEndpoint"/>), instead of
    /// <c>MapIdJagAuthorizationServer</c>; its other grants go on as they are. Before the middleware or endpoints of that server. Its clients and tokens come in by
    /// <see cref="IdJagAuthorizationServerBuilder.UseClientAuthenticator{T}"/> and <see cref="IdJagAuthorizationServerBuilder.UseAccessTokenIssuer{T}"/>.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="leaveOtherAssertions">
    /// Whether the server has a jwt-bearer grant of its own: then assertions whose <c>typ</c> is not that of an ID-JAG are its business (C-25). Otherwise they are refused.
    /// </param>
    public static IApplicationBuilder UseIdJagGrant(this IApplicationBuilder app, bool leaveOtherAssertions = false) => app.UseMiddleware<MountedGrant>(new MountOptions(leaveOtherAssertions));

    /// <summary>
    /// Adds to the metadata document that the other server answers with what says that ID-JAGs are taken (C-32): at all places where clients look, of those that the server
    /// has. A server that writes the document itself uses <see cref="IdJagMetadata.AddTo"/> instead.
    /// </summary>
    /// <param name="app">The application.</param>
    public static IApplicationBuilder UseIdJagMetadata(this IApplicationBuilder app) => app.UseMiddleware<MountedMetadata>();
}
