using System.ComponentModel.DataAnnotations;
using IdJagBroker.Hosting;

namespace IdJagBroker.Keys.Providers;

/// <summary>Reads the section of a key mode, when that mode is in use and not before: whoever signs with files names no vault.</summary>
internal static class KeySettings
{
    /// <exception cref="StartupFailedException">A value is missing, wrong, or of a name that is no setting.</exception>
    public static T Read<T>(IConfigurationSection section) where T : class, new()
    {
        T settings;
        try
        {
            settings = section.Get<T>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException e)
        {
            throw new StartupFailedException($"{section.Path}: {e.Message}");
        }
        var mistakes = new List<ValidationResult>();
        return Validator.TryValidateObject(settings, new ValidationContext(settings), mistakes, validateAllProperties: true)
            ? settings
            : throw new StartupFailedException($"{section.Path}: {string.Join(' ', mistakes.Select(mistake => mistake.ErrorMessage))}");
    }
}
