package import EventLoop
import Glibc
import HTTPTransport
import Synchronization

/// The demo's commands.
package enum Demo {
    /// Runs until Ctrl-C, which is how it is meant to end. - Returns: the exit status.
    package static func run(_ options: DemoOptions) throws(SystemError) -> Int32 {
        try command { loop throws(DemoError) in
            do throws(DemoError) {
                try await DemoRun(options: options, loop: loop).run()
            } catch .interrupted {}
            return 0
        }
    }

    /// Changes how a service of a running demo behaves, and says how it behaves then. - Returns: the exit status.
    package static func set(
        _ service: ServiceName, _ change: BehaviourChange, portBase: UInt16
    ) throws(SystemError) -> Int32 {
        try command { loop throws(DemoError) in
            let address = try PortPlan.row(base: portBase)[service].service
            let control = ServiceControl(name: service, address: address, client: HTTPClient(loop: loop), loop: loop)
            do throws(DemoError) {
                Console.print("\(service.rawValue): \(try await control.apply(change).sentence)")
                return 0
            } catch {
                throw .late("\(error); is the demo running, and at --port-base \(portBase)?")
            }
        }
    }

    /// Asserts every step of an incident from the outside. - Returns: the exit status.
    package static func check(_ options: DemoOptions) throws(SystemError) -> Int32 {
        try command { loop throws(DemoError) in try await DemoCheck.run(options, loop: loop) }
    }

    /// Runs a command on a loop of the calling thread. The first SIGINT, SIGTERM or SIGHUP ends it in order.
    private static func command(
        _ body: @escaping @Sendable (EventLoop) async throws(DemoError) -> Int32
    ) throws(SystemError) -> Int32 {
        let signals = [SIGINT, SIGTERM, SIGHUP]
        SignalWatcher.block(signals)
        let loop = try EventLoop()
        let status = Atomic<Int32>(1)
        let work = Task(executorPreference: loop) {
            do throws(DemoError) {
                status.store(try await body(loop), ordering: .relaxed)
            } catch .interrupted {
                status.store(130, ordering: .relaxed)
            } catch {
                Console.error("\(error)")
            }
            loop.stop()
        }
        let watcher = LoopBound(try SignalWatcher(signals, loop: loop), loop: loop)
        loop.spawn {
            _ = await watcher.value.next()
            work.cancel()
        }
        loop.run()
        return status.load(ordering: .relaxed)
    }
}
