namespace IdJagBroker.StandIn;

/// <summary>Which operation a method and a path are. The SDKs leave segments empty (<c>/keys/NAME//sign</c>: the current version).</summary>
internal sealed record Route(string Operation, string Name, string? Version)
{
    private static readonly HashSet<string> ForUsers = ["list", "versions", "get", "update", "getrotationpolicy", "sign", "verify", "wrapkey", "unwrapkey"];

    /// <summary>Whether Key Vault Crypto User may do it.</summary>
    public bool IsForUsers => ForUsers.Contains(Operation);

    public static Route Of(string method, string path)
    {
        var segments = path.TrimStart('/').Split('/');
        return (method, segments) switch
        {
            ("GET", ["keys"] or ["keys", ""]) => new("list", "", null),
            ("GET", ["keys", var name, "versions"]) => new("versions", name, null),
            ("GET", ["keys", var name, "rotationpolicy"]) => new("getrotationpolicy", name, null),
            ("PUT", ["keys", var name, "rotationpolicy"]) => new("setrotationpolicy", name, null),
            ("GET", ["keys", var name]) => new("get", name, null),
            ("GET", ["keys", var name, var version]) => new("get", name, version),
            ("POST", ["keys", var name, "create" or "rotate"]) => new(segments[2], name, null),
            ("PUT", ["keys", var name]) => new("import", name, null),
            ("PATCH", ["keys", var name]) => new("update", name, null),
            ("PATCH", ["keys", var name, var version]) => new("update", name, version),
            ("DELETE", ["keys", var name]) => new("delete", name, null),
            ("POST", ["keys", var name, var version, var operation]) => new(operation.ToLowerInvariant(), name, version),
            ("GET", ["deletedkeys"]) => new("listdeleted", "", null),
            ("GET", ["deletedkeys", var name]) => new("getdeleted", name, null),
            ("POST", ["deletedkeys", var name, "recover"]) => new("recover", name, null),
            ("DELETE", ["deletedkeys", var name]) => new("purge", name, null),
            _ => new("", "", null),
        };
    }
}
