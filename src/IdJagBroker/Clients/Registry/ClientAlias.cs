using System.Text.RegularExpressions;

namespace IdJagBroker.Clients.Registry;

/// <summary>The names of clients, as the catalogue has them.</summary>
internal static partial class ClientAlias
{
    public static bool IsValid(string alias) => Pattern().IsMatch(alias);

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
