import EventLoop
import Foundation
import Glibc
import HTTPTransport
import Testing

@testable import Demo

/// A Martlet executable that a test has started from the build folder: watched, asked over HTTP, and always reaped.
final class StartedProgram {
    let name: String
    private let process: ChildProcess
    private let loop: EventLoop
    private let folder: TemporaryFolder
    private let http: HTTPClient

    /// - Parameter descriptorLimit: the program's RLIMIT_NOFILE, from soft to hard; nil leaves it as it is.
    init(
        _ name: String, _ arguments: [String], environment: [String: String] = [:],
        descriptorLimit: ClosedRange<Int>? = nil, loop: EventLoop
    ) throws {
        self.name = name.split(separator: "/").last.map(String.init) ?? name
        self.loop = loop
        http = HTTPClient(loop: loop)
        folder = try TemporaryFolder()
        var executable = Self.path(name)
        var words = arguments
        if let descriptorLimit {
            let limit = "--nofile=\(descriptorLimit.lowerBound):\(descriptorLimit.upperBound)"
            words = [limit, "--", executable] + words
            executable = "/usr/bin/prlimit"
        }
        process = try ChildProcess(
            Command(name: self.name, executable: executable, arguments: words, environment: environment),
            folder: folder.path)
    }

    /// A path is a peer's program. The executables are built into the folder of the test bundle, which is the running executable.
    static func path(_ name: String) -> String {
        if name.hasPrefix("/") { return name }
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// What the program has written to standard output and standard error.
    var log: String {
        FileManager.default.contents(atPath: process.logPath).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    // MARK: HTTP

    func get(_ target: String, at address: SocketAddress) async throws -> HTTPResponse {
        try await http.request(
            to: address, authority: address.description, target: target,
            deadline: loop.now.advanced(by: RawConnection.patience))
    }

    func post(_ target: String, at address: SocketAddress) async throws -> HTTPResponse {
        try await http.request(
            "POST", to: address, authority: address.description, target: target,
            deadline: loop.now.advanced(by: RawConnection.patience))
    }

    /// Waits until `target` answers 200. - Throws: with the program's log, when it ends before.
    func untilReady(_ target: String, at address: SocketAddress) async throws {
        try await until("\(name) is ready") {
            process.reap()
            if let status = process.status { throw ProgramError("\(name) \(status): \(log)") }
            do {
                return try await get(target, at: address).status == 200
            } catch {
                return false
            }
        }
    }

    /// Looks every ten milliseconds whether `condition` holds. - Throws: when it does not within `patience`.
    func until(_ what: String, _ condition: () async throws -> Bool) async throws {
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while try await !condition() {
            guard loop.now < deadline else { throw ProgramError("waited in vain until \(what)\n\(log)") }
            await loop.sleep(for: .milliseconds(10))
        }
    }

    // MARK: The process

    func send(_ signal: Int32) { process.send(signal) }

    /// Sends `signal` and waits for the end. - Returns: as `ended`.
    @discardableResult
    func end(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        process.send(signal)
        return try await ended()
    }

    /// Waits until the process has ended. - Returns: its exit code, or minus the signal that ended it.
    func ended() async throws -> Int32 {
        try await until("\(name) ends") {
            process.reap()
            return process.status != nil
        }
        switch process.status {
        case .exited(let code): return code
        case .killed(let signal): return -signal
        case nil: throw ProgramError("\(name) has no status")
        }
    }

    /// Kills what still runs and removes its files. - Returns: whether the process had ended before.
    @discardableResult
    func remove() async throws -> Bool {
        process.reap()
        let hadEnded = process.status != nil
        if !hadEnded { try await end(SIGKILL) }
        try folder.remove()
        return hadEnded
    }

    /// A line of `/proc/PID/status` in KiB: `VmRSS` now, `VmHWM` the peak.
    func memoryKiB(_ key: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.identifier)/status", encoding: .utf8)
        for line in status.split(separator: "\n") where line.hasPrefix("\(key):") {
            return Int(line.split(separator: " ").dropLast().last ?? "") ?? 0
        }
        throw ProgramError("/proc/\(process.identifier)/status has no \(key)")
    }

    /// Lets `VmHWM` begin anew from what is resident now (proc(5), clear_refs).
    func resetMemoryPeak() throws {
        try "5".write(toFile: "/proc/\(process.identifier)/clear_refs", atomically: false, encoding: .utf8)
    }
}

/// A program that did not do what the test needed.
struct ProgramError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
