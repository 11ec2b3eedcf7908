import Compression

/// A stored block that cannot be read: the disk or another program changed it, or a newer version wrote it.
package enum BlockError: Error, Equatable, Sendable {
    case unknownVersion(UInt64)
    /// A stream does not expand to what its header says.
    case damaged
}
