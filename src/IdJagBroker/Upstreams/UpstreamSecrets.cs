namespace IdJagBroker.Upstreams;

/// <summary>
/// What this service proves itself with at an upstream: <c>Upstreams:ALIAS:Secret</c>, or the first line of the file that
/// <c>Upstreams:ALIAS:SecretFile</c> names. Read at each use, so that it can be rotated; never kept in the catalogue.
/// </summary>
internal sealed class UpstreamSecrets(IConfiguration configuration)
{
    private const int MaxChars = 4096;

    /// <summary>The secret of a group directory, or null if there is none that can be sent: printable ASCII.</summary>
    public string? Find(string alias) => Read(configuration.GetSection("Upstreams").GetSection(alias));

    /// <summary>The same of the application that people sign in through: <c>Upstreams:ALIAS:SignIn:Secret</c> or <c>…:SecretFile</c>.</summary>
    public string? FindForSignIn(string alias) => Read(configuration.GetSection("Upstreams").GetSection(alias).GetSection("SignIn"));

    private static string? Read(IConfigurationSection section)
    {
        var secret = section["Secret"] ?? (section["SecretFile"] is { Length: > 0 } path ? FirstLine(path) : null);
        return secret is { Length: > 0 and <= MaxChars } && secret.All(c => c is > ' ' and < '\x7f') ? secret : null;
    }

    private static string? FirstLine(string path)
    {
        try
        {
            return File.ReadLines(path).FirstOrDefault()?.Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
