using System.Globalization;
using IdJagBroker.Mutation;

// Runs the tests of policies against each mistake that Stryker compiled into the broker (scripts/mutation, docs/adr/0025).
//   IdJagBroker.Mutation REPORT RESULTS [N]     REPORT: Stryker's, of which mistakes there are; RESULTS: what became of each; N: so many of them, at random
//   IdJagBroker.Mutation reach FILE         in a process of its own: notes which test reaches which mistake
//   IdJagBroker.Mutation work FILE [ID]     in a process of its own: tries the mistakes that it is told, or this one from the very start
switch (args)
{
    case ["reach", var file]:
        return Reach.Note(file);
    case ["work", var file]:
        return new Worker(file).Serve();
    case ["work", var file, var id]:
        return new Worker(file).TryFromTheStart(int.Parse(id, CultureInfo.InvariantCulture));
    case [var report, var results]:
        return await MutationRun.RunAsync(report, results, int.MaxValue);
    case [var report, var results, var most]:
        return await MutationRun.RunAsync(report, results, int.Parse(most, CultureInfo.InvariantCulture));
    default:
        Console.Error.WriteLine("usage: IdJagBroker.Mutation REPORT RESULTS [N]");
        return 1;
}
