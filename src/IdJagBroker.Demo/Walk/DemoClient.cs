namespace IdJagBroker.Demo.Walk;

/// <summary>The MCP client of the demonstration. Its three ids differ on purpose: at the IdP, at the broker and at the authorization server.</summary>
internal static class DemoClient
{
    public const string AtIdp = "0oa-notes-agent";
    public const string AtBroker = "notes-agent";
    public const string AtNotes = "cl_7hQ2notes";

    /// <summary>Where the sign-in sends the person back to; captured by the scripted browser, so nothing listens there.</summary>
    public static Uri Redirect { get; } = new("http://127.0.0.1:5499/callback");
}
