using Microsoft.Extensions.Logging.Console;

namespace IdJagBroker.Hosting;

/// <summary>The console log as every .NET service lets it be set: <c>Logging:Console:FormatterName</c> and the options of that formatter.</summary>
internal static class ConsoleLogging
{
    private static readonly string[] Formatters = [ConsoleFormatterNames.Simple, ConsoleFormatterNames.Json, ConsoleFormatterNames.Systemd];

    public static void Configure(IServiceCollection services, IConfiguration configuration) => services.AddOptions<ConsoleLoggerOptions>()
        // Again, and last: the slim builder chooses the simple formatter in code, after it has read this section.
        .Bind(configuration.GetSection("Logging:Console"))
        // An unknown name would be the simple formatter, and whoever collects the log would find out later.
        .Validate(
            options => options.FormatterName is null || Formatters.Contains(options.FormatterName, StringComparer.OrdinalIgnoreCase),
            $"Logging:Console:FormatterName must be {string.Join(", ", Formatters)}.")
        .ValidateOnStart();
}
