/// Counts the bytes of all bodies that a server is receiving, so that many slow large requests cannot fill the memory.
/// Belongs to the server's loop.
final class BodyBudget {
    private let bytesMax: Int
    private var bytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    /// - Returns: false when there is no room for that many more.
    func take(_ count: Int) -> Bool {
        guard bytes + count <= bytesMax else { return false }
        bytes += count
        return true
    }

    func giveBack(_ count: Int) { bytes -= count }
}
