import Configuration
import Glibc

extension ProxyConfiguration {
    /// The number of worker loops that `workers` comes to on this machine.
    var workerCount: Int {
        switch workers {
        case .count(let count): count
        case .auto: max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        }
    }
}
