import EventLoop
import Glibc

extension RawConnection {
    /// Is gone without a word, as when its machine loses its power: the kernel forgets a connection that is under repair
    /// (TCP_REPAIR), which takes CAP_NET_ADMIN. It answers with a reset only when it is asked.
    func vanish() throws {
        guard let socket else { return }
        var isOn: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(socket.number, Int32(IPPROTO_TCP), TCP_REPAIR, &isOn, size) == 0 else {
            throw SystemError("TCP_REPAIR")
        }
        close()
    }
}
