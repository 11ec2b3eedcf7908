import EventLoop
import Foundation
import HTTPTransport

/// What two sidecars keep from others: what they say, from whoever listens on the wire; and their service, from whoever is
/// not who it should be.
struct IdentityChecks {
    let mesh: Mesh
    let report: CheckReport
    let identities: ShopIdentities

    private var drill: PortPlan.Drill { mesh.ports.drill }
    private static let drilled = MeshCommands.drilled.rawValue
    private static let requestTimeout = Duration.seconds(5)

    func assertAll() async throws(DemoError) {
        let openTap = WireTap(loop: mesh.loop)
        let sealedTap = WireTap(loop: mesh.loop)
        let commands = mesh.commands
        try await mesh.start(commands.sealedProxy(identities), admin: drill.sealedAdmin)
        let sealed = try listen(sealedTap, before: drill.sealedInbound)
        try await mesh.start(commands.callingProxy(identities, through: sealed), admin: drill.callerAdmin)
        let open = try listen(openTap, before: drill.openInbound)
        try await mesh.start(commands.openProxy(through: open), admin: drill.openAdmin)
        await assertTap(openTap, at: drill.openOutbound, host: "open", isReadable: true)
        await assertTap(sealedTap, at: drill.callerOutbound, host: Self.drilled, isReadable: false)
        try await assertPlaintextRefused()
        for stranger in Stranger.allCases { try await assertRefused(stranger) }
        try await assertImpostorRefused()
    }

    private func listen(_ tap: WireTap, before address: SocketAddress) throws(DemoError) -> SocketAddress {
        do throws(SystemError) {
            return try tap.listen(before: address)
        } catch {
            throw .start("cannot listen for the tap: \(error)")
        }
    }

    // MARK: The wire

    /// Sends a word in a body and gets another back in one, and looks for both on the wire.
    private func assertTap(_ tap: WireTap, at proxy: SocketAddress, host: String, isReadable: Bool) async {
        let question = "question-\(UUID().uuidString)"
        let answer = "answer-\(UUID().uuidString)"
        let response = await send(to: proxy, host: host, target: "/\(answer)", body: question)
        let wasAnswered = response?.text.contains(answer) ?? false
        let words = [question, answer, "HTTP/1.1"].filter { tap.hasSeen($0) }
        let expected = isReadable ? [question, answer, "HTTP/1.1"] : []
        let sentence =
            isReadable
            ? "a tap between two proxies without mutual TLS reads the body of a request and of its response"
            : "a tap between two proxies with mutual TLS reads neither, nor that it is HTTP, in \(tap.seen.count) bytes"
        report.assert(
            sentence,
            holds: wasAnswered && words == expected && tap.seen.count > question.utf8.count + answer.utf8.count,
            otherwise: "answered: \(wasAnswered), \(tap.seen.count) bytes, with \(words)")
    }

    // MARK: Who must not come in

    private func assertPlaintextRefused() async throws(DemoError) {
        let response = await send(to: drill.openOutbound, host: Self.drilled, target: "/", body: "hello")
        assertReason(response, 403, "tls_required", "a client without TLS gets 403 and the reason tls_required")
        try await assertCounted(
            drill.sealedAdmin, "response_status_total",
            ["reason": "tls_required", "no_tls_reason": "not_provided_by_remote"])
        try await assertLogged("sealed-proxy", #""reason":"tls_required""#)
    }

    private func assertRefused(_ stranger: Stranger) async throws(DemoError) {
        let tls = try stranger.tls(identities, to: MeshCommands.drilled, folder: mesh.folder.path)
        let client = HTTPClient(loop: mesh.loop, tls: tls)
        let response = await send(to: drill.sealedInbound, host: Self.drilled, target: "/", body: "hello", by: client)
        report.assert(
            "\(stranger.title) gets no answer", holds: response == nil, otherwise: "status \(response?.status ?? 0)")
        try await assertCounted(
            drill.sealedAdmin, "tls_handshakes_total", ["direction": "inbound", "result": stranger.word])
        try await assertLogged("sealed-proxy", "failed: \(stranger.word)")
    }

    /// Outbound: what answers is a workload of the mesh, but not the one that was called.
    private func assertImpostorRefused() async throws(DemoError) {
        let impostor = MeshCommands.impostor.rawValue
        let response = await send(to: drill.callerOutbound, host: impostor, target: "/", body: "hello")
        assertReason(
            response, 502, "peer_refused",
            "a server that is \(Self.drilled) where \(impostor) is called gets no request: 502, peer_refused")
        try await assertCounted(
            drill.callerAdmin, "tls_handshakes_total", ["direction": "outbound", "result": "other_workload"])
        try await assertCounted(drill.callerAdmin, "response_status_total", ["reason": "peer_refused"])
        try await assertLogged("calling-proxy", #""reason":"peer_refused""#)
    }

    private func assertReason(_ response: HTTPResponse?, _ status: Int, _ reason: String, _ sentence: String) {
        let found = response?.fields["Martlet-Reason"]
        report.assert(
            sentence, holds: response?.status == status && found == reason,
            otherwise: "status \(response?.status ?? 0), reason \(found ?? "none")")
    }

    private func assertCounted(
        _ admin: SocketAddress, _ name: String, _ labels: [String: String]
    ) async throws(DemoError) {
        let words = labels.sorted { $0.key < $1.key }.map { #"\#($0.key)="\#($0.value)""# }
        try await report.eventually("  counted by \(name){\(words.joined(separator: ","))}", 5, mesh) {
            () async throws(ObservationError) in
            let lines = try await mesh.source("the proxy's metrics", admin).text(of: "/metrics").split(separator: "\n")
            let found = lines.filter { line in line.hasPrefix(name + "{") && words.allSatisfy { line.contains($0) } }
            return found.contains { !$0.hasSuffix(" 0") } ? nil : "found \(found)"
        }
    }

    private func assertLogged(_ program: String, _ words: String) async throws(DemoError) {
        let path = "\(mesh.folder.path)/\(program).log"
        try await report.eventually("  logged: \(words)", 5, mesh) { () async throws(ObservationError) in
            let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
            return text.contains(words) ? nil : "not in \(path)"
        }
    }

    /// - Returns: nil when no response came.
    private func send(
        to address: SocketAddress, host: String, target: String, body: String, by client: HTTPClient? = nil
    ) async -> HTTPResponse? {
        let client = client ?? HTTPClient(loop: mesh.loop)
        do throws(HTTPClientError) {
            return try await client.request(
                "POST", to: address, authority: host, target: target, body: Array(body.utf8),
                deadline: mesh.loop.now.advanced(by: Self.requestTimeout))
        } catch {
            return nil
        }
    }
}
