using System.Text.Json;
using IdJagBroker.Policies.Commands;

namespace IdJagBroker.Tests.Policies.Commands;

/// <summary><c>idjag policy matrix</c> and <c>idjag policy who-can</c>: tables for people, spreadsheets and programs.</summary>
public sealed class MatrixCommandTests : IDisposable
{
    private const string Rules = Acme.Rule + """
          - {id: dana, effect: allow, why: w, who: {subjects: ["okta|00u-dana"]}, client: {ids: [claude]}, grant: {wiki: [doc:write]}, require: {auth: {maxAge: 30m}}, limits: {maxTokenLifetime: 2m}}
          - {id: no, effect: deny, why: w, who: {groups: {anyOf: [ctr]}}, target: {resources: [wiki]}, unless: {dpop: true}}

        """;

    private readonly PolicyFolderFixture _folder = new PolicyFolderFixture().With("00.yaml", Acme.Catalog).With("10.yaml", Acme.PolicyHead + Rules);

    public void Dispose() => _folder.Dispose();

    private Task<CommandRun> RunAsync(params string[] words) => CommandRun.Of(PolicyCommand.Create(), [.. words, "--policies", _folder.Root]);

    private async Task<string> OutputAsync(params string[] words)
    {
        var run = await RunAsync(words);
        Assert.Equal((0, ""), (run.Status, run.Error));
        return run.Output;
    }

    [Fact]
    public async Task Prints_clients_by_resources()
    {
        Assert.Equal(
            """
                    code       mail  wiki
            claude  repo:read  -     doc:read, doc:write (okta|00u-dana)
            vscode  repo:read  -     doc:read

            """, await OutputAsync("matrix"));
    }

    [Fact]
    public async Task Tells_apart_only_what_nobody_gets_but_people_whom_a_rule_names()
    {
        _folder.With("10.yaml", Acme.PolicyHead + Rules.Replace("wiki: [doc:write]", "wiki: [doc:write, doc:read]", StringComparison.Ordinal));

        Assert.Contains("claude  repo:read  -     doc:read, doc:write (okta|00u-dana)\n", await OutputAsync("matrix"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prints_them_for_documents_and_spreadsheets()
    {
        Assert.Equal(
            """
            |  | code | mail | wiki |
            | --- | --- | --- | --- |
            | claude | repo:read | - | doc:read, doc:write (okta\|00u-dana) |
            | vscode | repo:read | - | doc:read |

            """, await OutputAsync("matrix", "--output", "markdown"));
        Assert.Equal(
            """
            ,code,mail,wiki
            claude,repo:read,'-,"doc:read, doc:write (okta|00u-dana)"
            vscode,repo:read,'-,doc:read

            """, await OutputAsync("matrix", "--output", "csv"));
    }

    [Fact]
    public async Task Prints_them_for_programs()
    {
        var text = await OutputAsync("matrix", "--output", "json");
        using var json = JsonDocument.Parse(text);

        Assert.Equal("claude code|claude wiki|vscode code|vscode wiki", string.Join('|', json.RootElement.EnumerateArray().Select(cell => $"{cell.GetProperty("client")} {cell.GetProperty("resource")}")));
        Assert.Equal(
            """
            [{"scope":"doc:read","ways":[{"rule":"eng-read","people":"groups any of eng","terms":"","lifetime":"5m","example":"group eng","unless_denied_by":["no"]}]},{"scope":"doc:write","ways":[{"rule":"dana","people":"okta|00u-dana","terms":"signed in 30m ago at most","lifetime":"2m","example":"okta|00u-dana","unless_denied_by":["no"]}]}]
            """, JsonSerializer.Serialize(json.RootElement[1].GetProperty("scopes")));
        Assert.StartsWith("[\n  {\n", text, StringComparison.Ordinal);
        Assert.EndsWith("]\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_who_gets_a_scope_by_which_rule_for_how_long_and_when()
    {
        Assert.Equal(
            """
            scope      client  who                by        for  when
            doc:read   claude  groups any of eng  eng-read  5m   unless denied by no
            doc:read   vscode  groups any of eng  eng-read  5m   unless denied by no
            doc:write  claude  okta|00u-dana      dana      2m   signed in 30m ago at most; unless denied by no

            """, await OutputAsync("who-can", "wiki"));
        Assert.Equal(
            """
            scope      client  who            by    for  when
            doc:write  claude  okta|00u-dana  dana  2m   signed in 30m ago at most; unless denied by no

            """, await OutputAsync("who-can", "wiki", "doc:write"));
        Assert.Equal("scope  client  who  by  for  when\n", await OutputAsync("who-can", "mail"));
        Assert.Equal("scope,client,who,by,for,when\nrepo:read,claude,groups any of eng,eng-read,5m,\nrepo:read,vscode,groups any of eng,eng-read,5m,\n", await OutputAsync("who-can", "code", "--output", "csv"));
    }

    [Fact]
    public async Task Tells_it_to_programs()
    {
        var text = await OutputAsync("who-can", "wiki", "doc:write", "--output", "json");
        using var json = JsonDocument.Parse(text);

        Assert.Equal(
            """
            [{"scope":"doc:write","client":"claude","way":{"rule":"dana","people":"okta|00u-dana","terms":"signed in 30m ago at most","lifetime":"2m","example":"okta|00u-dana","unless_denied_by":["no"]}}]
            """, JsonSerializer.Serialize(json.RootElement));
        Assert.EndsWith("]\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'wikki' is not a resource of the catalogue (did you mean 'wiki'?)\n", "wikki")]
    [InlineData("'zzzzzz' is not a resource of the catalogue\n", "zzzzzz")]
    [InlineData("'doc:reed' is not a scope of wiki (did you mean 'doc:read'?)\n", "wiki", "doc:reed")]
    [InlineData("'zzzzzzzz' is not a scope of wiki\n", "wiki", "zzzzzzzz")]
    public async Task Says_what_was_probably_meant(string error, params string[] asked)
    {
        var run = await RunAsync(["who-can", .. asked]);

        Assert.Equal((1, "", error), (run.Status, run.Output, run.Error));
    }

    [Theory]
    [InlineData("matrix"), InlineData("who-can", "wiki")]
    public async Task Ends_with_3_if_the_files_are_not_valid(params string[] words)
    {
        _folder.With("10.yaml", Acme.PolicyHead + Rules.Replace("effect: deny", "effect: denny", StringComparison.Ordinal));
        var run = await RunAsync(words);

        Assert.Equal((3, ""), (run.Status, run.Output));
        Assert.Contains("10.yaml:12", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync([.. words, "--output", "xml"])).Status);
    }

    [Theory]
    [InlineData("matrix"), InlineData("who-can", "wiki")]
    public async Task Takes_loopback_issuers_where_that_is_said(params string[] words)
    {
        _folder.With("00.yaml", Acme.Catalog.Replace("https://acme.okta.com", "http://127.0.0.1:7000", StringComparison.Ordinal));

        Assert.Equal(3, (await RunAsync(words)).Status);
        Assert.Equal(0, (await RunAsync([.. words, "--allow-loopback-http"])).Status);
    }

    [Theory]
    [InlineData("=1+1"), InlineData("+1"), InlineData("-1"), InlineData("@x"), InlineData("\tx"), InlineData("\rx")]
    public void Lets_no_spreadsheet_take_a_cell_for_a_formula(string cell) => Assert.Equal($"a\n'{cell}\n", TextTable.Of("csv", ["a"], [[cell]]));

    [Theory]
    [InlineData("a,b", "\"a,b\""), InlineData("a\nb", "\"a\nb\""), InlineData("a\"b", "\"a\"\"b\""), InlineData("", ""), InlineData("=a,b", "\"'=a,b\""), InlineData("a=", "a=")]
    public void Quotes_what_would_end_a_cell(string cell, string written) => Assert.Equal($"a\n{written}\n", TextTable.Of("csv", ["a"], [[cell]]));
}
