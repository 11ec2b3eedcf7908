import ArgumentParser
import Configuration
import Demo
import EventLoop
import Foundation
import HTTPTransport

/// One service of the demo shop.
struct DemoService: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "DemoService",
        abstract: "One service of the demo shop: plain HTTP/1.1, no knowledge of the mesh.",
        discussion: """
            Outgoing calls go to the proxy that the environment's HTTP_PROXY names (absolute-form, or with --addressing \
            host by the Host field alone), or straight to each --dependency.
            POST /_control?failure_rate=0.5&latency_ms=20&spread=0.4 changes how it behaves; GET /_control tells.

            Examples
              DemoService --role payment --listen 127.0.0.1:9001
              HTTP_PROXY=http://127.0.0.1:4140 DemoService --role checkout --listen 127.0.0.1:8080
              DemoService --role cart --listen 127.0.0.1:9002 --dependency inventory=127.0.0.1:9003
            """,
        version: Version.line(of: "DemoService"))

    @Option(help: "Which service: \(ServiceName.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role: String

    @Option(help: "Address to listen on, such as 127.0.0.1:8080.")
    var listen: String

    @Option(help: "How the proxy is told whom is meant: absolute-form or host.")
    var addressing = Addressing.absoluteForm.rawValue

    @Option(help: "NAME=ADDRESS:PORT of a service that is called without a proxy; repeatable.")
    var dependency: [String] = []

    func run() throws {
        guard let name = ServiceName(rawValue: role) else {
            throw ValidationError(
                "--role: found \(role), allowed is \(ServiceName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let address = SocketAddress(listen) else {
            throw ValidationError("--listen: found \(listen), allowed is ADDRESS:PORT")
        }
        SignalWatcher.block([SIGINT, SIGTERM])
        let loop = try EventLoop()
        let service = try shopService(name, address, loop)
        service.start()
        let signals = LoopBound(try SignalWatcher([SIGINT, SIGTERM], loop: loop), loop: loop)
        loop.spawn {
            _ = await signals.value.next()
            loop.stop()
        }
        loop.run()
    }

    private func shopService(_ name: ServiceName, _ address: SocketAddress, _ loop: EventLoop) throws -> ShopService {
        let outgoing = try outgoing()
        do throws(SystemError) {
            return try ShopService(name, listening: address, outgoing: outgoing, loop: loop)
        } catch {
            throw DemoError.start("cannot serve as \(name.rawValue): \(error); choose another --listen address")
        }
    }

    private func outgoing() throws -> Outgoing {
        if let proxy = ProcessInfo.processInfo.environment["HTTP_PROXY"], !proxy.isEmpty {
            guard let address = HTTPURL(proxy)?.literalAddress else {
                throw ValidationError("HTTP_PROXY: found \(proxy), allowed is http://ADDRESS:PORT")
            }
            guard let addressing = Addressing(rawValue: addressing) else {
                throw ValidationError("--addressing: found \(addressing), allowed is absolute-form or host")
            }
            return .proxy(address, addressing)
        }
        var addresses: [ServiceName: SocketAddress] = [:]
        for text in dependency {
            let parts = text.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let name = ServiceName(rawValue: String(parts[0])),
                let address = SocketAddress(String(parts[1]))
            else { throw ValidationError("--dependency: found \(text), allowed is NAME=ADDRESS:PORT") }
            addresses[name] = address
        }
        return .direct(addresses)
    }
}

DemoService.runAsProgram()
