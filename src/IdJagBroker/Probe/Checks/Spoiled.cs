namespace IdJagBroker.Probe.Checks;

/// <summary>Makes checks of a good ID-JAG in which one thing was changed, and which is to be refused.</summary>
internal static class Spoiled
{
    public static ProbeCheck IdJag(string id, Severity severity, string[] rules, string sent, string fix, Action<JwtDraft> spoil, Expected? expected = null) =>
        IdJag(id, severity, rules, sent, fix, (_, idJag) => spoil(idJag), expected);

    public static ProbeCheck IdJag(string id, Severity severity, string[] rules, string sent, string fix, Action<ProbeSession, JwtDraft> spoil, Expected? expected = null) =>
        new(id, severity, rules, sent, fix, async (session, ct) =>
        {
            var idJag = session.IdJag();
            spoil(session, idJag);
            return (expected ?? Expected.InvalidGrant).Judge(await session.RedeemAsync(idJag, null, ct));
        });

    public static ProbeCheck Call(string id, Severity severity, string[] rules, string sent, string fix, Expected expected, Action<ProbeSession, TokenCall> change) =>
        new(id, severity, rules, sent, fix, async (session, ct) => expected.Judge(await session.RedeemAsync(session.IdJag(), call => change(session, call), ct)));
}
