namespace IdJagBroker.Policies;

/// <summary>Who keeps a client's ids and credentials.</summary>
internal enum ClientRegistration
{
    /// <summary>The catalogue.</summary>
    Catalogue,

    /// <summary>The client registry (ADR 0011).</summary>
    Database,

    /// <summary>The client, in a document at the address that is its id (ADR 0013).</summary>
    MetadataDocument,
}
