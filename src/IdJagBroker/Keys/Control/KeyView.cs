using System.Text.Json;
using System.Text.Json.Serialization;
using IdJagBroker.Keys.Life;

namespace IdJagBroker.Keys.Control;

/// <summary>A key as operators see it. Neither its private half nor what that is wrapped in.</summary>
internal sealed record KeyView
{
    [JsonPropertyName("kid")] public required string Kid { get; init; }

    [JsonPropertyName("purpose")] public required string Purpose { get; init; }

    [JsonPropertyName("algorithm")] public required string Algorithm { get; init; }

    [JsonPropertyName("provider")] public required string Provider { get; init; }

    [JsonPropertyName("place")] public required string Place { get; init; }

    [JsonPropertyName("state")] public required string State { get; init; }

    [JsonPropertyName("created_at")] public required DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("published_at")] public DateTimeOffset? PublishedAt { get; init; }

    [JsonPropertyName("activated_at")] public DateTimeOffset? ActivatedAt { get; init; }

    [JsonPropertyName("retired_at")] public DateTimeOffset? RetiredAt { get; init; }

    [JsonPropertyName("not_after")] public DateTimeOffset? NotAfter { get; init; }

    /// <summary><c>orderly</c> or <c>emergency</c>: an operator asked for the next key.</summary>
    [JsonPropertyName("rotation")] public string? Rotation { get; init; }

    [JsonPropertyName("next")] public KeyNext? Next { get; init; }

    /// <summary>The running replicas that publish it and can sign with it; of a key that is to sign, or does.</summary>
    [JsonPropertyName("learned_by")] public IReadOnlyList<string>? LearnedBy { get; init; }

    /// <summary>The running replicas that do not (yet).</summary>
    [JsonPropertyName("missing_at")] public IReadOnlyList<string>? MissingAt { get; init; }

    [JsonIgnore] public long Version { get; init; }

    /// <param name="board">What is known of all keys.</param>
    /// <param name="key">One of them.</param>
    public static KeyView Of(KeyBoard board, SigningKeyRow key)
    {
        var nodes = key.State is KeyState.Published or KeyState.Active ? board.NodesBy(key) : null;
        return new KeyView
        {
            Kid = key.Kid,
            Purpose = key.Purpose.Word(),
            Algorithm = key.Algorithm,
            Provider = key.Provider,
            Place = key.Place,
            State = key.State.Word(),
            CreatedAt = key.CreatedAt,
            PublishedAt = key.PublishedAt,
            ActivatedAt = key.ActivatedAt,
            RetiredAt = key.RetiredAt,
            NotAfter = key.NotAfter,
            Rotation = key.Rotation is RotationRequest.None ? null : key.Rotation.Word(),
            Next = board.NextStep(key) is var (step, at) ? new KeyNext(step, at) : null,
            LearnedBy = nodes is null ? null : [.. nodes[true]],
            MissingAt = nodes is null ? null : [.. nodes[false]],
            Version = key.Version,
        };
    }
}

/// <summary>What becomes of a key next: <c>publish</c>, <c>activate</c>, <c>rotate</c> (the next key is made), <c>retire</c> (it takes over), <c>remove</c>.</summary>
/// <param name="Step">Which.</param>
/// <param name="At">When, by the clock; an activation also waits for the replicas.</param>
internal sealed record KeyNext([property: JsonPropertyName("step")] string Step, [property: JsonPropertyName("at")] DateTimeOffset At);

/// <summary>A key with what proves it.</summary>
internal sealed record KeyDetail(
    [property: JsonPropertyName("key")] KeyView Key,
    [property: JsonPropertyName("public_jwk")] JsonElement PublicJwk,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("provenance")] string? Provenance)
{
    public static KeyDetail Of(KeyBoard board, SigningKeyRow key) =>
        new(KeyView.Of(board, key), JsonElement.Parse(key.PublicJwk), key.Reference, key.Provenance);
}
