namespace IdJagBroker.McpAuthorization;

/// <summary>How often one ID-JAG may be redeemed before it expires (C-14, ID-JAG §4.4.3).</summary>
public sealed record IdJagReuse
{
    private IdJagReuse(int? limit) => Limit = limit;

    /// <summary>As often as the client likes, until it expires: what the specification allows.</summary>
    public static IdJagReuse Reusable { get; } = new(limit: null);

    /// <summary>Once.</summary>
    public static IdJagReuse SingleUse { get; } = new(1);

    /// <summary>The most uses that end in a token; null: no limit.</summary>
    public int? Limit { get; }

    /// <summary>At most <paramref name="uses"/> times.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than one.</exception>
    public static IdJagReuse MaxUses(int uses) =>
        uses >= 1 ? new(uses) : throw new ArgumentOutOfRangeException(nameof(uses), "At least one.");
}
