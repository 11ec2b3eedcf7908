import Configuration
import EventLoop
import Glibc
import Proxy

var configuration = ProxyConfiguration()
configuration.name = "bench"
var inbound = ProxyConfiguration.Inbound()
inbound.listen = HostPort(CommandLine.arguments[1])!
inbound.forward = HostPort(CommandLine.arguments[2])!
configuration.inbound = inbound
configuration.admin.listen = HostPort("127.0.0.1:4199")!
SignalWatcher.block(ProxyRuntime.signals)
let loaded = configuration
do {
    exit(try ProxyRuntime(ConfigurationSource(loaded) { .success(loaded) }).run())
} catch {
    print(error)
    exit(1)
}
