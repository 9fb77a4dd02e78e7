using System.Buffers;
using System.Text;
using IdJagBroker.Audit.Proof;

namespace IdJagBroker.Audit.Mapping;

/// <summary>Writes an object's members, in the order in which they are given; what has no value is left out.</summary>
internal sealed class OcsfJson(IBufferWriter<byte> output)
{
    private readonly CanonicalJsonWriter _json = new(output);

    public void Text(string name, string? value)
    {
        if (value is null) return;
        Name(name);
        _json.String(value);
    }

    public void Number(string name, long value)
    {
        Name(name);
        _json.Number(value);
    }

    public void Flag(string name, bool value)
    {
        Name(name);
        _json.Boolean(value);
    }

    public void Texts(string name, IReadOnlyList<string> values)
    {
        Name(name);
        _json.StartArray();
        foreach (var value in values) _json.String(value);
        _json.EndArray();
    }

    /// <summary>What is canonical already.</summary>
    public void Canonical(string name, ReadOnlySpan<byte> value)
    {
        Name(name);
        _json.Canonical(value);
    }

    public void Object(string? name, Action members)
    {
        if (name is not null) Name(name);
        _json.StartObject();
        members();
        _json.EndObject();
    }

    public void Objects<T>(string name, IReadOnlyList<T> items, Action<T> members)
    {
        Name(name);
        _json.StartArray();
        foreach (var item in items) Object(null, () => members(item));
        _json.EndArray();
    }

    private void Name(string name) => _json.Name(Encoding.ASCII.GetBytes(name));
}
