using IdJagBroker.Demo.Walk;
using IdJagBroker.Hosting;

if (DemoOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(DemoOptions.Usage);
    return args is ["--help"] ? 0 : 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) => { pressed.Cancel = true; stop.Cancel(); };
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, signal => { signal.Cancel = true; stop.Cancel(); });
try
{
    return await Demonstration.RunAsync(options, [], Console.Out, stop.Token);
}
catch (Exception e) when (e is WalkFailedException or SignInFailedException or StartupFailedException)
{
    Console.Error.WriteLine($"The walk failed: {e.Message}");
    return 1;
}
