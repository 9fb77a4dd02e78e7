using IdJagBroker.McpAuthorization.ResourceServer;
using IdJagBroker.McpAuthorization.Tests.Support;
using Microsoft.Extensions.Options;

namespace IdJagBroker.McpAuthorization.Tests.ResourceServer;

/// <summary>Scopes that stand beside their tools: read as written, and what is not written stops the start.</summary>
public sealed class DeclaredToolsTests(LoopbackBroker broker) : IClassFixture<LoopbackBroker>
{
    // As the official SDK's: known by its name.
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class McpServerToolAttribute : Attribute
    {
        public string? Name { get; set; }
    }

    private static class Tools
    {
        [McpServerTool(Name = "files.read"), ToolScopes("tickets:read")]
        public static void Read() { }

        [McpServerTool(Name = "files.move"), ToolScopes("tickets:read", "tickets:admin")]
        internal static void Move() { }

        [AnyTokenTool(Tool = "files.hello")]
        private static void Hello() { }

        public static void NoTool() => Hello();
    }

    private static class Silent
    {
        [McpServerTool(Name = "files.read")]
        public static void Read() { }
    }

    private static class Nameless
    {
        [McpServerTool, ToolScopes("tickets:read")]
        public static void Read() { }
    }

    private static class Torn
    {
        [McpServerTool(Name = "files.read"), ToolScopes("tickets:read"), AnyTokenTool]
        public static void Read() { }
    }

    private static class Empty
    {
        [McpServerTool(Name = "files.read"), ToolScopes]
        public static void Read() { }
    }

    [Fact, Trait("Spec", "RS-13"), Trait("Spec", "RS-20")]
    public async Task Are_what_the_methods_say()
    {
        await using var ras = await Ras.StartAsync(broker, new RasSetup { Mcp = options => options.ToolsOf(typeof(Tools)) });
        Assert.Equal(200, (await ras.CallToolAsync(ras.AccessToken(), "files.read")).Status);
        var bare = ras.AccessToken();
        bare.Claims.Remove("scope");
        Assert.Equal(200, (await ras.CallToolAsync(bare, "files.hello")).Status);
        var refused = await ras.CallToolAsync(ras.AccessToken(), "files.move");
        Assert.Equal(403, refused.Status);
        Assert.Contains("scope=\"tickets:read tickets:admin\"", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        Assert.Equal(403, (await ras.CallToolAsync(ras.AccessToken("tickets:admin"), "NoTool")).Status);
        Assert.Equal(2, ras.Handled);
    }

    [Theory]
    [InlineData(typeof(Silent), "Silent.Read: a tool says [ToolScopes] or [AnyTokenTool].")]
    [InlineData(typeof(Nameless), "Nameless.Read: a tool has a name: [McpServerTool(Name = …)], or Tool beside its scopes.")]
    [InlineData(typeof(Torn), "Torn.Read: [ToolScopes] or [AnyTokenTool], not both.")]
    [InlineData(typeof(Empty), "RequireScope(files.read): at least one scope; AllowTool for none.")]
    [InlineData(typeof(DeclaredToolsTests), "ToolsOf(DeclaredToolsTests): it has no tool.")]
    public async Task Stop_the_start_where_something_was_forgotten(Type tools, string fault)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => Ras.StartAsync(broker, new RasSetup { Mcp = options => options.ToolsOf(tools) }));
        Assert.Contains(fault, refused.Failures);
    }
}
