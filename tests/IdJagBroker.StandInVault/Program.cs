using IdJagBroker.StandIn;

// Usage: IdJagBroker.StandInVault FOLDER [PORT]. Writes url, root.pem and token into FOLDER (this account's only) when it is ready, and runs until told to end.
if (args is not ([_] or [_, _]) || (args.Length is 2 && !ushort.TryParse(args[1], out _)))
{
    Console.Error.WriteLine("Usage: IdJagBroker.StandInVault FOLDER [PORT]");
    return 2;
}
var folder = Directory.CreateDirectory(args[0], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
await using var vault = await StandInVault.StartAsync(args.Length is 2 ? ushort.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 0);

Write("root.pem", vault.RootCertificatePem);
Write("token", vault.Tokens.Issue(VaultRole.CryptoOfficer, TimeSpan.FromDays(1)));
Write("url", vault.Url.AbsoluteUri);        // last: who waits for it finds the others
Console.WriteLine($"The stand-in vault is at {vault.Url}; its root certificate and a token are in {folder}.");
await vault.WaitForShutdownAsync();
return 0;

void Write(string name, string text)
{
    // Beside it and then in its place: whoever sees the file sees all of it.
    var path = Path.Combine(folder, name);
    File.Delete(path + ".new");
    using (var file = new FileStream(path + ".new", new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        file.Write(System.Text.Encoding.UTF8.GetBytes(text));
    File.Move(path + ".new", path, overwrite: true);
}
