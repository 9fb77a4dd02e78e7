namespace IdJagBroker.Audit.Mapping;

/// <summary>What OCSF calls what happened: a class of events, and an activity of it.</summary>
/// <param name="Class">The class's id; its thousands are the category.</param>
/// <param name="ClassName">The class's caption.</param>
/// <param name="Id">The activity's id.</param>
/// <param name="Name">The activity's caption.</param>
internal sealed record OcsfActivity(int Class, string ClassName, int Id, string Name)
{
    public static readonly OcsfActivity ServiceTicket = Authentication(4, "Service Ticket Request");
    public static readonly OcsfActivity Logon = Authentication(1, "Logon");
    public static readonly OcsfActivity Logoff = Authentication(2, "Logoff");
    public static readonly OcsfActivity Create = Entity(1, "Create");
    public static readonly OcsfActivity Read = Entity(2, "Read");
    public static readonly OcsfActivity Update = Entity(3, "Update");
    public static readonly OcsfActivity Delete = Entity(4, "Delete");
    public static readonly OcsfActivity Enable = Entity(8, "Enable");
    public static readonly OcsfActivity Disable = Entity(9, "Disable");
    public static readonly OcsfActivity Activate = Entity(10, "Activate");
    public static readonly OcsfActivity Deactivate = Entity(11, "Deactivate");
    public static readonly OcsfActivity OtherOfEntity = Entity(99, "Other");
    public static readonly OcsfActivity Error = new(6008, "Application Error", 1, "General Error");

    public bool IsAuthentication => Class is 3002;

    public bool IsOfEntity => Class is 3004;

    public int Category => Class / 1000;

    public string CategoryName => Category is 3 ? "Identity & Access Management" : "Application Activity";

    /// <summary>OCSF's number of class and activity together.</summary>
    public int Type => (Class * 100) + Id;

    private static OcsfActivity Authentication(int id, string name) => new(3002, "Authentication", id, name);

    private static OcsfActivity Entity(int id, string name) => new(3004, "Entity Management", id, name);
}
