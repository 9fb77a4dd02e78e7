namespace IdJagBroker.Policies.Yaml;

/// <summary>What can be wrong with a file: a closed list, each explained in docs/reference/policy.md.</summary>
internal enum PolicyDiagnosticCode
{
    // the directory and its files
    DirectoryMissing, TooManyFiles, FileTooLarge, FileUnreadable, FileEmpty, FileNameInvalid, LinkRefused,
    CatalogMissing, CatalogDuplicate, PolicyMissing,

    // the broker that is to decide by them
    DirectorySecretMissing,

    // YAML
    NotUtf8, CharacterForbidden, YamlSyntax, YamlDirective, YamlAnchor, YamlTag, YamlTooDeep, KeyDuplicate, TooManyProblems,

    // documents and fields
    ApiVersionUnsupported, KindUnknown, KindUnsupported, FieldUnknown, FieldMissing, FieldNotApplicable, TypeWrong, ListEmpty, ListTooLong,
    ValueDuplicate, ValueInvalid, WordUnknown, AliasInvalid, DurationInvalid, DurationOutOfRange,

    // the catalogue
    IssuerInvalid, IssuerDuplicate, UriInvalid, ResourceDuplicate, ScopeInvalid, GroupDuplicate, ClientIdDuplicate, DocumentHostDuplicate, AudienceDuplicate,
    DomainDuplicate, PublicClient, SecretHashInvalid, JwksInvalid, JwksPrivate,

    // references
    IdpUnknown, GroupUnknown, ClientUnknown, AsUnknown, ResourceUnknown, ScopeUnknown, TagUnknown, ClaimUnlisted, SignInMissing,

    // rules
    RuleDuplicate, RuleTooBroad, PatternInvalid, NetworkInvalid, ZoneUnknown, RateInvalid, EmergencyUnbounded,

    // tests
    SubjectUnknown, RuleUnknown,

    // warnings
    AudienceShared, PatternMatchesNothing, LifetimeOverCeiling,

    // warnings of idjag policy validate
    ExpiresSoon, RuleExpired, RuleDead, CatchAll, ClientNotAtAs, PublicClientUnbound, ScopeNotAtAs, MetadataUnreachable,
}
