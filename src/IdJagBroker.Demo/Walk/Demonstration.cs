namespace IdJagBroker.Demo.Walk;

/// <summary>The demonstration: start everybody, walk once, and either stop or stay.</summary>
internal static class Demonstration
{
    /// <summary>Returns 0 when each leg went as it should.</summary>
    /// <param name="options">How.</param>
    /// <param name="brokerConfiguration">More configuration for the broker, such as another database.</param>
    /// <param name="output">Where it is told.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="time">Whose time it is; null: the true one.</param>
    public static async Task<int> RunAsync(DemoOptions options, IReadOnlyList<string> brokerConfiguration, TextWriter output, CancellationToken ct, DemoTime? time = null)
    {
        var tell = new Narrator(output);
        tell.Say("Starting an enterprise IdP, the broker with its Postgres, and a vendor's MCP server …");
        await using var vault = options.Vault is null ? null : await DemoVault.StartAsync(options.Vault, ct);
        if (vault is not null) options = options with { State = vault.State };
        using var notesKey = vault is null ? null : await vault.OpenNotesKeyAsync(ct);
        await using var world = await DemoWorld.StartAsync(options, [.. vault?.Settings ?? [], .. brokerConfiguration], ct, notesKey, time);
        tell.Fact("enterprise IdP", $"{world.At.Idp}   (looks like {options.IdpKind})");
        tell.Fact("IdJagBroker", $"{world.At.Broker}   (management: {world.At.Management})");
        tell.Fact("notes server", $"{world.Mcp}   (its authorization server: {world.At.Notes})");
        if (vault is not null) tell.Fact("vault", $"{vault.Url}   (a stand-in; each signature is a call to it)");
        if (notesKey is not null) tell.Fact("notes' key", $"{notesKey.Id}   (the vendor's, in the same vault)");
        tell.Fact("policies", world.Policies);
        await using var site = options is { SignIn: true, Keep: true } ? await DesktopSite.StartAsync(world, ct) : null;
        if (site is not null) tell.Fact("for your browser", $"{world.At.Desktop}   (password {world.Password}; what else there is comes after the walk)");
        await WalkAsync(options, world, tell, time ?? DemoTime.True, ct);

        if (!options.Keep)
        {
            tell.Say($"\nEvery leg went as it should. `./demo.sh {(options.SignIn ? "--sign-in " : "")}--keep` leaves all of it up, {(options.SignIn ? "with a page for your browser" : "with curl lines to go on by hand")}.");
            return 0;
        }
        tell.Say(site is null ? ByHand.Lines(world, options) : ByHand.SignInLines(world));
        tell.Say("Everything stays up until Ctrl+C.");
        await Task.Delay(Timeout.Infinite, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return 0;
    }

    private static async Task WalkAsync(DemoOptions options, DemoWorld world, Narrator tell, DemoTime time, CancellationToken ct)
    {
        if (options.SignIn)
        {
            using var signIn = new SignInWalk(world, tell, time);
            await signIn.RunAsync(ct);
            return;
        }
        using var walk = new Walkthrough(world, tell);
        await walk.RunAsync(ct);
    }
}
