import CLinux

/// The allocator's free memory.
package enum Memory {
    /// Returns free pages to the system; up to a millisecond, so not per request.
    package static func giveBack() { martlet_give_back_memory() }
}
