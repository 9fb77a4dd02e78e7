namespace IdJagBroker.RealClients.Tests;

/// <summary>Which scenarios of the conformance suite apply to the server under test. <c>docs/testing.md</c> says so to people; the tests keep both true.</summary>
internal static class ConformanceScenarios
{
    private const string NoResources = "the server has no resources", NoPrompts = "the server has no prompts", NoInput = "its tools ask the client for nothing";

    /// <summary>Those that must succeed.</summary>
    public static readonly IReadOnlySet<string> Applicable = new HashSet<string>
    {
        "authorization-server-metadata-endpoint",
        "server-initialize", "server-stateless", "ping", "logging-set-level", "tools-list", "tools-call-simple-text", "tools-call-image", "tools-call-audio", "tools-call-embedded-resource",
        "tools-call-mixed-content", "tools-call-error", "tools-call-with-progress", "server-sse-multiple-streams", "dns-rebinding-protection", "caching", "http-header-validation",
        "input-required-result-unsupported-methods",
    };

    /// <summary>Checks of scenarios that apply, which do not; and why.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotTestable = new Dictionary<string, string>
    {
        ["server-sse-multiple-streams-session"] = "there are no sessions",
        ["sep-2549-prompts-list-caching-hints"] = NoPrompts,
        ["sep-2549-resources-list-caching-hints"] = NoResources,
        ["sep-2549-resources-templates-list-caching-hints"] = NoResources,
        ["sep-2575-http-server-no-independent-requests-on-stream"] = NoInput,
        ["sep-2575-server-no-log-without-loglevel"] = "the server does not log to clients",
    };

    /// <summary>The others, and why they do not apply.</summary>
    public static readonly IReadOnlyDictionary<string, string> NotApplicable = new (string Why, string[] Scenarios)[]
    {
        ("people sign in at their enterprise, so there is no code flow; /authorize refuses", ["authorization-code-grant"]),
        ("there are no sessions", ["server-session-lifecycle", "server-sse-polling"]),
        ("the server completes no arguments", ["completion-complete"]),
        ("the server does not log to clients", ["tools-call-with-logging"]),
        ("none of its tools has such a schema", ["json-schema-2020-12", "http-custom-header-server-validation"]),
        (NoResources, ["resources-list", "resources-read-text", "resources-read-binary", "resources-templates-read", "resources-subscribe", "resources-unsubscribe", "sep-2164-resource-not-found"]),
        (NoPrompts, ["prompts-list", "prompts-get-simple", "prompts-get-with-args", "prompts-get-embedded-resource", "prompts-get-with-image"]),
        (NoInput,
        [
            "tools-call-sampling", "tools-call-elicitation", "elicitation-sep1034-defaults", "elicitation-sep1330-enums", "input-required-result-basic-elicitation", "input-required-result-basic-sampling",
            "input-required-result-basic-list-roots", "input-required-result-request-state", "input-required-result-multiple-input-requests", "input-required-result-multi-round",
            "input-required-result-missing-input-response", "input-required-result-non-tool-request", "input-required-result-result-type", "input-required-result-tampered-state",
            "input-required-result-capability-check", "input-required-result-ignore-extra-params", "input-required-result-validate-input",
        ]),
        ("an extension that the server does not have",
        [
            "sep-2640-skills-directory", "sep-2640-skills-enumeration", "sep-2640-skills-manifest", "tasks-lifecycle", "tasks-capability-negotiation", "tasks-wire-fields", "tasks-request-state-removal",
            "tasks-mrtr-input", "tasks-request-headers", "tasks-dispatch-and-envelope", "tasks-status-notifications", "tasks-required-task-error", "tasks-mrtr-composition",
        ]),
    }.SelectMany(row => row.Scenarios.Select(scenario => (scenario, row.Why))).ToDictionary(pair => pair.scenario, pair => pair.Why);
}
