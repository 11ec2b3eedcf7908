import EventLoop
import Foundation

/// All programs of a run. It ends every one of them, whatever state they are in.
final class ChildGroup {
    private let folder: String
    private let loop: EventLoop
    private var children: [ChildProcess] = []
    private var isEnding = false

    /// How long children may take to end themselves before they are killed.
    private let patience: Duration

    init(logFolder: String, loop: EventLoop, patience: Duration = .seconds(8)) {
        folder = logFolder
        self.loop = loop
        self.patience = patience
    }

    func start(_ command: Command) throws(DemoError) {
        do throws(SystemError) {
            children.append(try ChildProcess(command, folder: folder))
        } catch {
            throw .start("cannot start \(command.name): \(error)")
        }
    }

    /// - Throws: when a child has ended that should run, with its last words.
    func checkAllRun() throws(DemoError) {
        guard !isEnding else { return }
        for child in children {
            child.reap()
            if let status = child.status {
                throw .childEnded("\(child.name) \(status)\(Self.lastWords(in: child.logPath))")
            }
        }
    }

    /// Asks all to end, last started first, waits, and kills what remains.
    func end() async {
        isEnding = true
        for child in children.reversed() { child.send(SIGTERM) }
        let deadline = loop.now.advanced(by: patience)
        while children.contains(where: { $0.status == nil }), loop.now < deadline {
            await loop.sleep(for: .milliseconds(50))
            for child in children { child.reap() }
        }
        for child in children { child.send(SIGKILL) }
        while children.contains(where: { $0.status == nil }) {
            await loop.sleep(for: .milliseconds(10))
            for child in children { child.reap() }
        }
    }

    private static func lastWords(in path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let lines = String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n").suffix(5)
        return lines.isEmpty ? "" : "; its last words:\n  " + lines.joined(separator: "\n  ")
    }
}
