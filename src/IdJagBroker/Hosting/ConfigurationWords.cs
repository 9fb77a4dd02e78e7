namespace IdJagBroker.Hosting;

/// <summary>
/// Tells apart, in what a command line does not know by itself, what is configuration (<c>--Database:ConnectionString=…</c>,
/// <c>--environment Development</c>) and what is meant for the command. What is neither is a mistake: a misspelt option must not be
/// taken for configuration that nobody reads.
/// </summary>
/// <param name="Configuration">As <c>serve</c> takes it.</param>
/// <param name="Words">The rest, such as a kid.</param>
internal sealed record ConfigurationWords(string[] Configuration, string[] Words)
{
    private static readonly string[] WithoutSection = ["environment", "State", "contentRoot", "applicationName"];

    /// <exception cref="StartupFailedException">An option is neither the command's nor configuration.</exception>
    public static ConfigurationWords Split(IEnumerable<string> tokens)
    {
        var (configuration, words) = (new List<string>(), new List<string>());
        using var token = tokens.GetEnumerator();
        while (token.MoveNext())
        {
            if (!token.Current.StartsWith("--", StringComparison.Ordinal))
            {
                words.Add(token.Current);
                continue;
            }
            var name = token.Current[2..].Split('=', 2)[0];
            if (!name.Contains(':') && !WithoutSection.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw new StartupFailedException($"There is no option '--{name}' here; configuration is given as --Section:Name=value.");
            configuration.Add(token.Current);
            if (token.Current.Contains('=')) continue;
            if (!token.MoveNext()) throw new StartupFailedException($"'--{name}' has no value.");
            configuration.Add(token.Current);
        }
        return new ConfigurationWords([.. configuration], [.. words]);
    }
}
