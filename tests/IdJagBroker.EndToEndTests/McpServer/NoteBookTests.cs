using IdJagBroker.Demo.McpServer;

namespace IdJagBroker.EndToEndTests.McpServer;

public sealed class NoteBookTests
{
    [Fact]
    public void Has_room_for_a_hundred_notes_of_a_person()
    {
        var book = new NoteBook();
        for (var note = 0; note < NoteBook.MaxNotes; note++) Assert.Null(book.TryAdd("ana", "note"));

        Assert.NotNull(book.TryAdd("ana", "one more"));
        Assert.Equal(NoteBook.MaxNotes, book.Of("ana").Count);
        Assert.Null(book.TryAdd("bob", "his first"));
    }

    [Fact]
    public void Has_room_for_a_thousand_people()
    {
        var book = new NoteBook();
        for (var person = 0; person < NoteBook.MaxPeople; person++) Assert.Null(book.TryAdd($"p{person}", "note"));

        Assert.NotNull(book.TryAdd("one more", "note"));
        Assert.Null(book.TryAdd("p0", "a second note"));
    }

    [Fact]
    public void Gives_a_copy_that_later_notes_do_not_change()
    {
        var book = new NoteBook();
        book.TryAdd("ana", "first");
        var notes = book.Of("ana");
        book.TryAdd("ana", "second");

        Assert.Equal(["first"], notes);
    }
}
