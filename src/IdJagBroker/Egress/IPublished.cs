namespace IdJagBroker.Egress;

/// <summary>What another host publishes and may change: keys, or a document that says where they are.</summary>
internal interface IPublished<in T>
{
    /// <summary>Whether it answers what is asked, so that fetching it again is not needed: the key is in it, or no key is named.</summary>
    bool Answers(string? keyId);

    /// <summary>Whether a fetch brought the same once more.</summary>
    bool IsSameAs(T other);
}

/// <summary>What a fetch brought.</summary>
/// <param name="Value">Checked and read.</param>
/// <param name="FreshFor">How long it is used without asking again.</param>
internal sealed record Fetched<T>(T Value, TimeSpan FreshFor);

/// <summary>What is kept, or why there is nothing.</summary>
internal readonly record struct KeptAnswer<T>(T? Value, string? Fault) where T : class;

/// <summary>The publisher itself says, in a good answer, that what it published before holds no more: that ends the use of what is kept.</summary>
internal sealed class WithdrawnException(string message) : Exception(message);
