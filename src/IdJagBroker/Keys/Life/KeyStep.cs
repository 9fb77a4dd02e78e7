namespace IdJagBroker.Keys.Life;

/// <summary>One step in the life of the keys. Each is one transaction, and right to repeat.</summary>
internal abstract record KeyStep
{
    private KeyStep() { }

    /// <summary>Make the next key of a slot.</summary>
    public sealed record Create(KeySlot Slot) : KeyStep;

    /// <summary>Tell verifiers of a key.</summary>
    public sealed record Publish(string Kid) : KeyStep;

    /// <summary>Let a key sign, and its predecessor no more.</summary>
    public sealed record Activate(string Kid, string? Retires, bool Emergency) : KeyStep;

    /// <summary>Let a key sign no more whose slot nobody needs, such as that of another mode.</summary>
    public sealed record Retire(string Kid) : KeyStep;

    /// <summary>Take a key out of the JWKS.</summary>
    public sealed record Remove(string Kid) : KeyStep;
}
