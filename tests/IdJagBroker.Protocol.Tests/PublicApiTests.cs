using IdJagBroker.Shared;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_surface_is_the_one_in_PublicApi_txt() =>
        PublicSurface.MustMatch(typeof(OAuthError).Assembly, Path.Combine(AppContext.BaseDirectory, "PublicApi.txt"));
}
