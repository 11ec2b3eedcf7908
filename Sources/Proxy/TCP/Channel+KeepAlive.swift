import EventLoop

extension Channel {
    /// Has the kernel find out that the peer has vanished, where nothing else does: no request has a time limit, and no PING
    /// is sent. The socket of a stream is its connection's.
    func keepAlive(_ settings: WorkerSettings) {
        guard settings.tcpKeepAliveSeconds > 0 else { return }
        socket?.keepAlive(seconds: settings.tcpKeepAliveSeconds)
    }
}
