namespace IdJagBroker.Policies;

/// <summary>What a request without <c>resource</c> means at an authorization server (C-03).</summary>
internal enum ResourceParameter
{
    /// <summary>The one resource that it can mean; refused if there are several.</summary>
    Default,

    /// <summary>Nothing: it is refused.</summary>
    Required,

    /// <summary>All resources of the server, of which policy grants what it grants.</summary>
    Optional,
}
