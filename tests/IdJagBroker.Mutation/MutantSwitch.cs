using System.Reflection;

namespace IdJagBroker.Mutation;

/// <summary>The switch that Stryker compiled into the broker: which mistake is made, and which the code comes by.</summary>
internal static class MutantSwitch
{
    private const int None = -1;

    private static readonly Type Control = Assembly.Load("idjag").GetTypes().Single(type => type.Name is "MutantControl");
    private static readonly FieldInfo Active = Control.GetField("ActiveMutant")!;
    private static readonly FieldInfo IsNoting = Control.GetField("CaptureCoverage")!;
    private static readonly MethodInfo Noted = Control.GetMethod("GetCoverageData")!;

    /// <summary>Makes one mistake from now on.</summary>
    public static void Set(int mutant) => Active.SetValue(null, mutant);

    /// <summary>Makes none.</summary>
    public static void Clear() => Set(None);

    /// <summary>Runs something without any mistake, and tells which it came by; and of those, which while static fields were set.</summary>
    public static (int[] Reached, int[] Static) Note(Action action)
    {
        Noted.Invoke(null, []);
        IsNoting.SetValue(null, true);
        action();
        IsNoting.SetValue(null, false);
        var noted = (IList<int>[])Noted.Invoke(null, [])!;
        return ([.. noted[0]], [.. noted[1]]);
    }
}
