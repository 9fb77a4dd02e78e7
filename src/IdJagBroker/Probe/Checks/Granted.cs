namespace IdJagBroker.Probe.Checks;

/// <summary>What a good request is to lead to.</summary>
internal static class Granted
{
    public static Verdict Judge(TokenAnswer answer) => answer switch
    {
        { Status: 200, IsIssued: true } => Verdict.Pass(answer),
        { Status: >= 300 and < 400 } => Verdict.Broken("It redirects; a token endpoint never does.", answer),
        { IsIssued: true } => Verdict.Broken($"An access token came with HTTP {answer.Status} instead of 200.", answer),
        { Status: 200 } => Verdict.Broken("HTTP 200, but no access_token in a JSON object.", answer),
        _ => Verdict.Broken("It was refused.", answer),
    };
}
