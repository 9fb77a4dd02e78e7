using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace IdJagBroker.Protocol.Tests;

public sealed class OAuthFormPropertyTests
{
    [Fact]
    public void What_a_client_encodes_is_what_is_read() => Check.QuickThrowOnFailure(Prop.ForAll<NonNull<string>, NonNull<string>>((first, second) =>
    {
        var (a, b) = (Text(first.Get), Text(second.Get));
        if (!Sent($"a={Uri.EscapeDataString(a)}&{Uri.EscapeDataString("b&=%+")}={Uri.EscapeDataString(b)}", out var form)) return a.Contains('\0') || b.Contains('\0');
        return form["a"] == (a.Length is 0 ? null : a) && form["b&=%+"] == (b.Length is 0 ? null : b);
    }));

    [Fact, Trait("Spec", "IDP-03")]
    public void No_name_but_two_is_ever_read_twice()
    {
        var bodies = Gen.Elements("scope", "resource", "audience", "a", "=", "=", "&", "&", "%61", "%", "+", "1").ArrayOf().Select(string.Concat);

        Check.QuickThrowOnFailure(Prop.ForAll(bodies.ToArbitrary(), body =>
            !Sent(body, out var form) || (form.All("scope").Count <= 1 && form.All("a").Count <= 1 && form.All("a1").Count <= 1)));
    }

    // FsCheck also makes lone surrogates, which no UTF-8 can carry.
    private static string Text(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static bool Sent(string body, out OAuthForm form) => !OAuthForm.Parse(Encoding.UTF8.GetBytes(body)).IsRefused(out form!, out _);
}
