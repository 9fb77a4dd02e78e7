using System.Net;
using System.Text.RegularExpressions;

namespace IdJagBroker.Demo.Walk;

/// <summary>How a browser leaves a page that asks for no password: the page leads on by itself, or somebody presses <em>Continue</em>.</summary>
internal static partial class GoingOn
{
    /// <summary>The next request; null if the page leads nowhere.</summary>
    public static HttpRequestMessage? From(Uri page, string html)
    {
        if (Refresh().Match(html) is { Success: true } refresh) return new(HttpMethod.Get, new Uri(page, Text(refresh.Groups["url"])));
        if (Continue().Match(html) is not { Success: true } form) return null;
        var fields = Hidden().Matches(form.Value).Select(field => KeyValuePair.Create(Text(field.Groups["name"]), Text(field.Groups["value"])));
        return new(HttpMethod.Post, new Uri(page, Text(form.Groups["action"])))
        {
            Content = new FormUrlEncodedContent([.. fields, KeyValuePair.Create(Text(form.Groups["name"]), "continue")]),
        };
    }

    private static string Text(Group group) => WebUtility.HtmlDecode(group.Value);

    [GeneratedRegex("""<meta http-equiv="refresh" content="0;url=(?<url>[^"]*)">""")]
    private static partial Regex Refresh();

    [GeneratedRegex("""<form method="post" action="(?<action>[^"]*)">(?:(?!</form>).)*<button [^>]*name="(?<name>[^"]*)" value="continue">""", RegexOptions.Singleline)]
    private static partial Regex Continue();

    [GeneratedRegex("""<input type="hidden" name="(?<name>[^"]*)" value="(?<value>[^"]*)">""")]
    private static partial Regex Hidden();
}
