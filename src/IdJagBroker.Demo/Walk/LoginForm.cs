using System.Net;
using System.Text.RegularExpressions;

namespace IdJagBroker.Demo.Walk;

/// <summary>The form of a login page, read from its HTML as a browser would: where it posts, and its fields with their values.</summary>
internal sealed partial record LoginForm(Uri Action, IReadOnlyDictionary<string, string> Fields, string PasswordField)
{
    /// <summary>Finds the form that asks for a password; null if the page has none.</summary>
    public static LoginForm? Find(Uri page, string html)
    {
        foreach (Match form in Form().Matches(html))
        {
            var attributes = Attributes(form.Groups["attributes"].Value);
            if (!attributes.GetValueOrDefault("method", "get").Equals("post", StringComparison.OrdinalIgnoreCase)) continue;
            var inputs = Input().Matches(form.Groups["body"].Value).Select(input => Attributes(input.Groups["attributes"].Value)).ToList();
            if (inputs.FirstOrDefault(input => input.GetValueOrDefault("type") is "password") is not { } password) continue;
            var fields = inputs.Where(input => input.ContainsKey("name")).ToDictionary(input => input["name"], input => input.GetValueOrDefault("value", ""));
            return new LoginForm(new Uri(page, attributes.GetValueOrDefault("action", "")), fields, password["name"]);
        }
        return null;
    }

    /// <summary>What the page says is wrong, if anything.</summary>
    public static string? ProblemOf(string html) =>
        Alert().Match(html) is { Success: true } alert ? WebUtility.HtmlDecode(alert.Groups["text"].Value) : null;

    /// <summary>The fields as a person fills them in: whatever is typed in, and the hidden ones untouched.</summary>
    public FormUrlEncodedContent FilledIn(string userName, string password) => new(
        Fields.ToDictionary(field => field.Key, field => field.Key == PasswordField ? password : field.Key == "username" ? userName : field.Value));

    private static Dictionary<string, string> Attributes(string text) =>
        Attribute().Matches(text).ToDictionary(a => a.Groups["name"].Value, a => WebUtility.HtmlDecode(a.Groups["value"].Value));

    [GeneratedRegex("""<form\b(?<attributes>[^>]*)>(?<body>.*?)</form>""", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex Form();

    [GeneratedRegex("""<input\b(?<attributes>[^>]*)>""", RegexOptions.IgnoreCase)]
    private static partial Regex Input();

    [GeneratedRegex("""(?<name>[a-zA-Z-]+)="(?<value>[^"]*)"|(?<name>[a-zA-Z-]+)(?=[\s>]|$)""")]
    private static partial Regex Attribute();

    [GeneratedRegex("""role="alert"[^>]*>(?<text>[^<]*)<""")]
    private static partial Regex Alert();
}
