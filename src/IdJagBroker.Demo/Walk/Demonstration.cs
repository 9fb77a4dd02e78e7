namespace IdJagBroker.Demo.Walk;

/// <summary>The demonstration: start everybody, walk once, and either stop or stay.</summary>
internal static class Demonstration
{
    /// <summary>Returns 0 when each leg went as it should.</summary>
    /// <param name="brokerConfiguration">More configuration for the broker, such as another database.</param>
    public static async Task<int> RunAsync(DemoOptions options, IReadOnlyList<string> brokerConfiguration, TextWriter output, CancellationToken ct)
    {
        var tell = new Narrator(output);
        tell.Say("Starting an enterprise IdP, the broker with its Postgres, and a vendor's MCP server …");
        await using var vault = options.Vault is null ? null : await DemoVault.StartAsync(options.Vault, ct);
        if (vault is not null) options = options with { State = vault.State };
        using var notesKey = vault is null ? null : await vault.OpenNotesKeyAsync(ct);
        await using var world = await DemoWorld.StartAsync(options, [.. vault?.Settings ?? [], .. brokerConfiguration], ct, notesKey);
        tell.Fact("enterprise IdP", $"{world.At.Idp}   (looks like {options.IdpKind})");
        tell.Fact("IdJagBroker", $"{world.At.Broker}   (management: {world.At.Management})");
        tell.Fact("notes server", $"{world.Mcp}   (its authorization server: {world.At.Notes})");
        if (vault is not null) tell.Fact("vault", $"{vault.Url}   (a stand-in; each signature is a call to it)");
        if (notesKey is not null) tell.Fact("notes' key", $"{notesKey.Id}   (the vendor's, in the same vault)");
        tell.Fact("policies", world.Policies);
        using (var walk = new Walkthrough(world, tell)) await walk.RunAsync(ct);

        if (!options.Keep)
        {
            tell.Say("\nEvery leg went as it should. `./demo.sh --keep` leaves all of it up, with curl lines to go on by hand.");
            return 0;
        }
        tell.Say(ByHand.Lines(world, options));
        tell.Say("Everything stays up until Ctrl+C.");
        await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return 0;
    }
}
