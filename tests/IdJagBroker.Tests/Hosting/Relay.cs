using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace IdJagBroker.Tests.Hosting;

/// <summary>A wire to a local server that can be cut, or left hanging with nobody at the other end.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly int _target;
    private volatile bool _cut;
    private TaskCompletionSource _flow = Completed();

    public Relay(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Closes every connection and refuses new ones.</summary>
    public void Break()
    {
        _cut = true;
        CloseAll();
    }

    /// <summary>Takes connections and bytes, and passes nothing on.</summary>
    public void Hang() => _flow = new TaskCompletionSource();

    public void Mend()
    {
        _cut = false;
        _flow.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        CloseAll();
        _stop.Dispose();
    }

    private static TaskCompletionSource Completed()
    {
        var flow = new TaskCompletionSource();
        flow.SetResult();
        return flow;
    }

    private void CloseAll()
    {
        while (_open.TryTake(out var client)) client.Close();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            if (_cut) { client.Close(); continue; }
            var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, _target);
            _open.Add(client);
            _open.Add(server);
            _ = PumpAsync(client, server);
            _ = PumpAsync(server, client);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                await _flow.Task.WaitAsync(_stop.Token);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // cut
        }
        to.Close();
    }
}
