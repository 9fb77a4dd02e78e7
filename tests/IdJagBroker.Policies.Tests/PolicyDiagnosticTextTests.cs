using IdJagBroker.Policies;
using IdJagBroker.Policies.Decisions;
using IdJagBroker.Policies.Yaml;
using Xunit;

namespace IdJagBroker.Tests.Policies;

public sealed class PolicyDiagnosticTextTests
{
    [Fact]
    public void Shows_place_code_sentence_line_and_caret()
    {
        var rules = Acme.Rule.Replace("repo:read", "repo:raed", StringComparison.Ordinal);
        Assert.Equal("""
            policies/10-rules.yaml:10:38 error SCOPE_UNKNOWN  'repo:raed' is not a scope of code (did you mean 'repo:read'?)
                10 |     grant: {wiki: [doc:read], code: [repo:raed]}
                                                          ^~~~~~~~~

            """, PolicyDiagnosticText.Render(Acme.LoadRules(rules).Diagnostics));
    }

    [Fact]
    public void Shows_a_warning_and_a_quoted_word_to_its_end()
    {
        const string rule = "  - {id: a, effect: deny, why: w, client: {ids: [claude]}, scopes: [\"*:drop\"]}\n";
        Assert.Equal("""
            policies/10-rules.yaml:5:69 warning PATTERN_MATCHES_NOTHING  '*:drop' matches no scope of any resource that this rule is about
                 5 |   - {id: a, effect: deny, why: w, client: {ids: [claude]}, scopes: ["*:drop"]}
                                                                                         ^~~~~~~~

            """, PolicyDiagnosticText.Render(Acme.LoadRules(rule).Diagnostics));
    }

    [Fact]
    public void Says_what_is_about_the_whole_directory_without_a_place() =>
        Assert.Equal("policies error CATALOG_MISSING  there is no document of kind: Catalog\n",
            PolicyDiagnosticText.Render(Acme.Load(("10.yaml", Acme.PolicyHead + Acme.Rule)).Diagnostics));

    [Fact]
    public void Shows_a_window_of_a_very_long_line()
    {
        var rules = Acme.Rule.Replace("why: Engineers read", "why: Engineers read" + new string(' ', 500) + "# x", StringComparison.Ordinal)
            .Replace("grant: {", "grant: {" + new string(' ', 300), StringComparison.Ordinal).Replace("wiki:", "wike:", StringComparison.Ordinal);
        var lines = PolicyDiagnosticText.Render(Acme.LoadRules(rules).Diagnostics).Split('\n');
        Assert.True(lines[1].Length <= 170);
        Assert.Equal(lines[1].IndexOf("wike", StringComparison.Ordinal), lines[2].IndexOf('^'));
    }

    [Fact]
    public void Never_prints_a_character_that_steers_a_terminal()
    {
        var rules = Acme.Rule.Replace("[doc:read]", "[\"\\e[2Jdoc\"]", StringComparison.Ordinal) + "    \u202eevil: 1\n";
        var text = PolicyDiagnosticText.Render(Acme.LoadRules(rules).Diagnostics);
        Assert.DoesNotContain(text, c => char.IsControl(c) && c is not '\n' || c is '\u202e');
    }

    [Fact]
    public void Has_a_word_for_every_code_and_reason()
    {
        Assert.All(Enum.GetValues<PolicyDiagnosticCode>(), code => Assert.Matches("^[A-Z]+(_[A-Z0-9]+)*$", code.Text()));
        Assert.All(Enum.GetValues<PolicyReason>(), reason => Assert.Matches("^[A-Z]+(_[A-Z]+)*$", reason.Code()));
        Assert.Equal("NOT_UTF8", PolicyDiagnosticCode.NotUtf8.Text());
    }

    [Fact]
    public void Explains_every_code_in_the_reference()
    {
        var page = File.ReadAllText(Path.Combine(PolicyFolderFixture.Shipped(), "..", "docs", "reference", "policy.md"));
        Assert.All(Enum.GetValues<PolicyDiagnosticCode>(), code => Assert.Contains($"`{code.Text()}`", page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("repo:raed", "repo:read")]
    [InlineData("REPO:READ", "repo:read")]
    [InlineData("issue:write", "issues:write")]
    [InlineData("xyz", null)]
    [InlineData("repo", null)]
    public void Guesses_what_was_meant(string word, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(word, ["repo:read", "repo:write", "issues:write"]));
}
