import Dashboards
import EventLoop
import Foundation
import HTTPTransport

/// The running demo: every program, the load, and the windows through which it is watched.
final class Mesh {
    let ports: PortPlan
    let commands: MeshCommands
    let load: LoadGenerator
    let prometheus: Prometheus
    let alertmanager: Alertmanager
    let jaeger: Jaeger
    let folder: TemporaryFolder
    let startDate = Date()
    let loop: EventLoop
    private let children: ChildGroup
    private let folderGuard: FolderGuard
    private let client: HTTPClient
    private var isEnding = false

    /// How long a program may take until it is ready.
    private static let startTimeout = Duration.seconds(20)

    /// nil for a mesh that speaks plaintext.
    let identities: ShopIdentities?

    init(ports: PortPlan, options: DemoOptions, loop: EventLoop) throws(DemoError) {
        let programs = try Programs()
        do throws(SystemError) {
            folder = try TemporaryFolder()
            folderGuard = try FolderGuard(folder: folder.path)
        } catch {
            throw .start("cannot \(error); set TMPDIR to a folder that this user may write")
        }
        self.ports = ports
        self.loop = loop
        identities = options.mutualTLS ? try ShopIdentities("\(folder.path)/identity") : nil
        commands = MeshCommands(
            programs: programs, ports: ports, folder: folder.path, identities: identities)
        children = ChildGroup(logFolder: folder.path, loop: loop)
        client = HTTPClient(loop: loop)
        load = LoadGenerator(entrance: ports.entrance, ratePerSecond: options.ratePerSecond, loop: loop)
        prometheus = Prometheus(
            source: JSONSource(name: "Prometheus", address: ports.prometheus, client: client, loop: loop))
        alertmanager = Alertmanager(
            source: JSONSource(name: "Alertmanager", address: ports.alertmanager, client: client, loop: loop))
        jaeger = Jaeger(
            source: JSONSource(name: "martlet-collector", address: ports.collectorQuery, client: client, loop: loop))
    }

    func source(_ name: String, _ address: SocketAddress) -> JSONSource {
        JSONSource(name: name, address: address, client: client, loop: loop)
    }

    // MARK: Starting and ending

    /// Starts everything in the order in which it needs each other, and waits until each part is ready.
    func start() async throws(DemoError) {
        do throws(BundleWriterError) {
            try BundleWriter(directory: folder.path).write(commands.files)
        } catch {
            throw .start("\(error)")
        }
        try identities?.issueAll()
        try children.start(commands.collector)
        try children.start(commands.alertmanager)
        children.beginWave()
        for name in ServiceName.allCases {
            try children.start(commands.service(name))
            try children.start(commands.proxy(of: name))
        }
        try await waitUntilReady("martlet-collector", ports.collectorQuery, "/api/services")
        try await waitUntilReady("alertmanager", ports.alertmanager, "/-/ready")
        for name in ServiceName.allCases {
            try await waitUntilReady(name.rawValue, ports[name].service, "/_health")
            try await waitUntilReady("\(name.rawValue)-proxy", ports[name].admin, "/ready")
        }
        children.beginWave()
        try children.start(commands.prometheus)
        try await waitUntilReady("prometheus", ports.prometheus, "/-/ready")
    }

    /// Starts a further proxy, which ends with the rest, and waits until it is ready.
    func start(_ proxy: Command, admin: SocketAddress) async throws(DemoError) {
        try children.start(proxy)
        try await waitUntilReady(proxy.name, admin, "/ready")
    }

    private func waitUntilReady(_ name: String, _ address: SocketAddress, _ path: String) async throws(DemoError) {
        let source = source(name, address)
        let deadline = loop.now.advanced(by: Self.startTimeout)
        while await source.status(of: path) != 200 {
            guard loop.now < deadline else { throw .late("\(name) was not ready at http://\(address)\(path) in time") }
            try await pause(.milliseconds(100))
        }
    }

    /// Ends everything that was started, also after a start that failed half-way, and removes the folder.
    func end() async {
        isEnding = true
        await load.stop()
        await children.end()
        folderGuard.dismiss()
        do {
            try folder.remove()
        } catch {
            Console.error("cannot remove \(folder.path): \(error)")
        }
    }

    // MARK: Running

    /// Sleeps, unless the demo is interrupted, nobody reads its output any more, or one of its programs ends.
    func pause(_ duration: Duration) async throws(DemoError) {
        let end = loop.now.advanced(by: duration)
        repeat {
            let rest = Duration.nanoseconds(Int64(clamping: end.nanoseconds(since: loop.now)))
            await loop.sleep(for: min(rest, .milliseconds(100)))
            if Task.isCancelled || isEnding || Console.isClosed { throw .interrupted }
            try children.checkAllRun()
        } while loop.now < end
    }

    /// Makes a service fail a share of its requests, or none.
    func setFailureRate(_ rate: Double, of name: ServiceName) async throws(DemoError) {
        let control = ServiceControl(name: name, address: ports[name].service, client: client, loop: loop)
        _ = try await control.apply(BehaviourChange(failureRate: rate))
    }
}
