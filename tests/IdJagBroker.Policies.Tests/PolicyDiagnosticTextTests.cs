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

    [Theory]
    [InlineData(160, 1, 1, 0, 0), InlineData(160, 160, 1, 0, 159), InlineData(161, 1, 1, 0, 0), InlineData(161, 161, 1, 1, 159)]
    [InlineData(400, 81, 1, 0, 80), InlineData(400, 82, 1, 1, 80), InlineData(400, 321, 1, 240, 80), InlineData(400, 400, 1, 240, 159), InlineData(400, 300, 20, 219, 80)]
    public void Shows_a_hundred_and_sixty_characters_around_the_fault(int chars, int column, int length, int start, int caret)
    {
        var line = string.Concat(Enumerable.Range(0, chars).Select(i => (char)('!' + (i % 90))));
        var text = PolicyDiagnosticText.Render(new PolicyDiagnostic(PolicySeverity.Warning, PolicyDiagnosticCode.FieldUnknown, "f", 7, column, length, "m", line)).Split('\n');

        Assert.Equal($"f:7:{column} warning FIELD_UNKNOWN  m", text[0]);
        Assert.Equal($"     7 | {line.AsSpan(start, Math.Min(160, chars))}", text[1]);
        Assert.Equal(new string(' ', 9 + caret) + "^" + new string('~', length - 1), text[2]);
    }

    [Theory]
    [InlineData("abc", 5, 2, "^"), InlineData("abc", 2, 9, "^~"), InlineData("", 1, 0, "^"), InlineData("a\tb\u001bc", 3, 1, "^")]
    public void Keeps_the_caret_on_the_line(string line, int column, int length, string caret)
    {
        var text = PolicyDiagnosticText.Render(new PolicyDiagnostic(PolicySeverity.Error, PolicyDiagnosticCode.FieldUnknown, "f", 1, column, length, "m", line)).Split('\n');

        Assert.Equal(("     1 | " + line.Replace('\t', ' ').Replace('\u001b', '\ufffd')).TrimEnd(), text[1].TrimEnd());
        Assert.Equal(new string(' ', 9 + Math.Min(column - 1, line.Length)) + caret, text[2]);
    }

    [Theory]
    [InlineData(64, 64, true), InlineData(64, 65, false), InlineData(65, 64, false)]
    public void Guesses_among_words_of_at_most_sixty_four_characters(int word, int known, bool guesses) =>
        Assert.Equal(guesses ? new string('a', known - 1) + "b" : null, Spelling.Nearest(new string('a', word), [new string('a', known - 1) + "b"]));

    [Theory]
    [InlineData("ab", "ax", "ax"), InlineData("ab", "xy", null), InlineData("abcde", "abcxy", null), InlineData("abcdef", "abcdxy", "abcdxy"), InlineData("abcdef", "abcxyz", null), InlineData("abcdef", "ABCDEF", "ABCDEF")]
    [InlineData("abcdef", "bacdef", "bacdef"), InlineData("abcdef", "abcdefgh", "abcdefgh"), InlineData("abcdef", "abcdefghi", null), InlineData("abcdef", "cdef", "cdef"), InlineData("ab", "ba", "ba"), InlineData("", "a", null)]
    public void Takes_two_slips_for_one_word_and_one_in_three_letters(string word, string known, string? nearest) => Assert.Equal(nearest, Spelling.Nearest(word, [known]));

    [Fact]
    public void Guesses_the_nearest_and_of_several_the_first_among_the_first_thousand()
    {
        Assert.Equal("abcdex", Spelling.Nearest("abcdef", ["abcxyf", "abcdey", "abcdex"]));
        Assert.Equal("abcdef", Spelling.Nearest("abcdeg", [.. Enumerable.Range(0, 999).Select(i => $"zzzz{i}"), "abcdef"]));
        Assert.Null(Spelling.Nearest("abcdeg", [.. Enumerable.Range(0, 1000).Select(i => $"zzzz{i}"), "abcdef"]));
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
