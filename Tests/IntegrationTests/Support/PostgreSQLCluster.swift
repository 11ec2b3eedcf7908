import Foundation
import Programs

/// A PostgreSQL of its own in a temporary folder, with a certificate, open to everybody who reaches it.
final class PostgreSQLCluster {
    /// `nobody`: PostgreSQL does not run as root.
    private static let user = 65_534

    private let folder: ScratchFolder
    private let programs: String

    init() throws {
        folder = try ScratchFolder()
        programs = try Self.newestPrograms()
        try FileManager.default.setAttributes(
            [.ownerAccountID: Self.user, .groupOwnerAccountID: Self.user], ofItemAtPath: folder.url.path)
        try asUser(
            "\(programs)/initdb", "--pgdata", data, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C", "--no-sync", "--no-instructions")
        // The callers come from another machine.
        let rules = "local all all trust\nhost all all all trust\n"
        try Data(rules.utf8).write(to: URL(filePath: "\(data)/pg_hba.conf"))
        try asUser(
            "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj",
            "/CN=db", "-keyout", "\(data)/server.key", "-out", "\(data)/server.crt")
    }

    private var data: String { folder.url.appending(path: "data").path }

    /// How it is started.
    func server(addresses: [String], port: Int) -> InterceptionStage.Setup.Service {
        let settings = [
            "listen_addresses=\(addresses.joined(separator: ","))", "port=\(port)", "unix_socket_directories=",
            "ssl=on",
            "fsync=off", "shared_buffers=16MB",
        ]
        let words = ["\(programs)/postgres", "-D", data] + settings.flatMap { ["-c", $0] }
        // SIGQUIT, on which it gives its shared memory back.
        return .init(words: words, user: Self.user, signal: 3)
    }

    private func asUser(_ words: String...) throws {
        let identity = ["--reuid", "\(Self.user)", "--regid", "\(Self.user)", "--clear-groups"]
        try Program.system("setpriv").output(identity + words)
    }

    /// Debian has each major version in a folder of its own.
    private static func newestPrograms() throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap(Int.init)
        guard let newest = versions.max() else {
            throw ProgramError("\(root) is empty; scripts/bootstrap test fills it")
        }
        return "\(root)/\(newest)/bin"
    }
}
