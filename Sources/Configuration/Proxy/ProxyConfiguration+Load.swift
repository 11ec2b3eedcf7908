internal import Glibc

extension ProxyConfiguration {
    /// Pure: what the file's bytes and the flags say together, or everything that is wrong with them.
    package static func load(
        file: ConfigurationFile?, flags: [GivenFlag]
    ) throws(ConfigurationErrors) -> ProxyConfiguration {
        try schema.load(file: file, flags: flags)
    }

    /// The effective configuration as YAML, defaults included; loading it gives the same configuration.
    package func rendered() -> String { YAMLWriter(Self.schema.encode(self)).text }

    /// The keys whose values differ and take effect only when the process starts again.
    package func settingsThatNeedRestart(comparedWith other: ProxyConfiguration) -> [String] {
        Self.schema.settings.filter { $0.isFixed && $0.encode(self) != $0.encode(other) }.map(\.key)
    }

    /// The number of loops that `workers` asks for on this machine.
    package var workerCount: Int {
        switch workers {
        case .count(let count): count
        case .auto: Self.usableCores
        }
    }

    /// Cores in the process's affinity mask, which containers and `taskset` narrow; all that are online without one.
    private static var usableCores: Int {
        do {
            let status = try ConfigurationFile.read("/proc/self/status")
            let count = allowedCores(in: String(decoding: status.bytes, as: UTF8.self))
            if count > 0 { return count }
        } catch {
            // A system without /proc still says how many cores it has.
        }
        return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }

    /// Bits set in `Cpus_allowed`, a hexadecimal mask with commas (proc_pid_status(5)).
    static func allowedCores(in status: String) -> Int {
        let label = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else { return 0 }
        return line.dropFirst(label.count).reduce(0) { $0 + ($1.hexDigitValue ?? 0).nonzeroBitCount }
    }
}

extension ValueFormat where Value == ProxyConfiguration.Workers {
    static let workers = ValueFormat.scalar(
        "integer or auto", sentence: "an integer or auto", unit: "threads", allowed: "1 … 256, or auto (one per core)",
        example: "4", flagForm: "integer|auto",
        parse: { text in
            if text == "auto" { return .value(.auto) }
            guard let count = Int(text) else { return .malformed }
            return (1...256).contains(count) && text.utf8.allSatisfy(\.isDigit) ? .value(.count(count)) : .outOfRange
        },
        encode: { workers in
            switch workers {
            case .auto: .plain("auto")
            case .count(let count): .plain("\(count)")
            }
        })
}
