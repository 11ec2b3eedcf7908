import EventLoop
import Foundation

/// All programs of a run, in the waves in which they were started. It ends every one of them, whatever state they are in.
final class ChildGroup {
    private let folder: String
    private let loop: EventLoop
    private var waves: [[ChildProcess]] = [[]]
    private var isEnding = false

    private var children: [ChildProcess] { waves.flatMap(\.self) }

    /// How long all children together may take to end themselves before they are killed.
    private let patience: Duration

    init(logFolder: String, loop: EventLoop, patience: Duration = .seconds(8)) {
        folder = logFolder
        self.loop = loop
        self.patience = patience
    }

    func start(_ command: Command) throws(DemoError) {
        do throws(SystemError) {
            waves[waves.count - 1].append(try ChildProcess(command, folder: folder))
        } catch {
            throw .start("cannot start \(command.name): \(error)")
        }
    }

    /// What is started from now on depends on all that was started until now.
    func beginWave() { waves.append([]) }

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

    /// Asks all to end and waits, the last wave first, since nobody can hand over its last spans to a collector that is
    /// gone. Kills what remains.
    func end() async {
        isEnding = true
        let deadline = loop.now.advanced(by: patience)
        for wave in waves.reversed() {
            for child in wave { child.send(SIGTERM) }
            while wave.contains(where: { $0.status == nil }), loop.now < deadline {
                await loop.sleep(for: .milliseconds(20))
                for child in wave { child.reap() }
            }
        }
        for child in children { child.send(SIGKILL) }
        for child in children { child.waitForEnd() }
    }

    private static func lastWords(in path: String) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        let lines = String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n").suffix(5)
        return lines.isEmpty ? "" : "; its last words:\n  " + lines.joined(separator: "\n  ")
    }
}
