import ArgumentParser
import Configuration
import EventLoop
import Glibc
import Proxy

let options = ProxyOptions.parseOrExit()
let configuration: ProxyConfiguration
do {
    configuration = try options.load()
} catch {
    error.writeToStandardError()
    exit(1)
}
if options.check {
    print("configuration is valid")
    exit(0)
}

SignalWatcher.block(ProxyRuntime.signals)
let source = ConfigurationSource(configuration, path: options.config) {
    do throws(ConfigurationErrors) {
        return .success(try options.load())
    } catch {
        return .failure(error.issues.map { "\($0)" })
    }
}
do {
    exit(try ProxyRuntime(source).run())
} catch {
    var line = Array("martlet-proxy: \(error)\n".utf8)
    _ = unsafe write(STDERR_FILENO, &line, line.count)
    exit(1)
}
