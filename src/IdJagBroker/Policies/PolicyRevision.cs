using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using IdJagBroker.Policies.Yaml;

namespace IdJagBroker.Policies;

/// <summary>The name of a set of files: the same content has the same name on every machine.</summary>
internal static class PolicyRevision
{
    /// <summary>
    /// <c>sha256:</c> and the hash, in lower-case hex, of every file in ordinal order of name: the name and the text (line ends as LF,
    /// without byte order mark), each after its length in bytes, so that no text can pass for two files. Files of tests are left out.
    /// </summary>
    public static string Of(IEnumerable<PolicySource> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var source in sources.Where(source => !source.IsNamedAsTest).OrderBy(source => source.Name, StringComparer.Ordinal))
        {
            Append(hash, source.Name);
            Append(hash, source.Text);
        }
        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
