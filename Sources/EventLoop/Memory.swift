import CLinux

/// Memory that the process holds without need.
public enum Memory {
    /// Returns free pages to the system; up to a millisecond, so not per request.
    public static func giveBack() { martlet_give_back_memory() }

    /// Returns what only starting needed: free memory, and the code of the command line's and the file's parsers, which
    /// is most of what a process that has just started has in memory. Costs some page faults soon after, so once.
    public static func giveBackStart() {
        martlet_give_back_memory()
        martlet_give_back_code()
    }
}
