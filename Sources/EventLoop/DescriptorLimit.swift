import Glibc

/// How many descriptors this process may have open (RLIMIT_NOFILE).
public enum DescriptorLimit {
    /// Raises the soft limit to the hard one. The soft one is often 1024 for the sake of programs that use `select`,
    /// which this one does not; a connection through a proxy takes two.
    public static func raise() throws(SystemError) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { throw SystemError("getrlimit RLIMIT_NOFILE") }
        guard limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { throw SystemError("setrlimit RLIMIT_NOFILE") }
    }
}
