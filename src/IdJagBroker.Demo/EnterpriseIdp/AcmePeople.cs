namespace IdJagBroker.Demo.EnterpriseIdp;

/// <summary>The people of the example company, as its policies know them.</summary>
internal static class AcmePeople
{
    public static readonly Group Engineering = new("00g-eng", "Engineering");
    public static readonly Group Sre = new("00g-sre", "Site reliability");
    public static readonly Group Finance = new("00g-fin", "Finance");
    public static readonly Group Support = new("00g-sup", "Support");
    public static readonly Group Contractors = new("00g-ctr", "Contractors");

    /// <summary>Six people who share a password, which the caller makes up: none is written into the program.</summary>
    public static IReadOnlyList<Person> With(string password)
    {
        var hash = new PasswordHash(password);
        return
        [
            Someone("ana", "Ana Alves", Engineering),
            Someone("bob", "Bob Berg", Engineering, Contractors),
            Someone("sam", "Sam Sato", Sre, Engineering),
            Someone("fin", "Fin Fischer", Finance) with { SessionAge = TimeSpan.FromMinutes(90) },
            Someone("dana", "Dana Diaz", Finance),
            Someone("sue", "Sue Singh", Support) with { Acr = "mfa", Amr = ["mfa"], WithSecurityKey = [new("phr", "hwk", "mfa")] },
        ];

        Person Someone(string userName, string name, params Group[] groups) => new()
        {
            Id = $"00u-{userName}", UserName = userName, Name = name, Email = $"{userName}@acme.example", Groups = groups, Password = hash,
        };
    }
}
