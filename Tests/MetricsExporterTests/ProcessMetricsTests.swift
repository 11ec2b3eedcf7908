import Testing

@testable import MetricsExporter

@Suite("Process metrics")
struct ProcessMetricsTests {
    @Test("read a process whose name holds spaces and parentheses")
    func statistics() throws {
        let line = "42 (a) b (c) S 1 42 42 0 -1 4194560 100 0 0 0 151 49 0 0 20 0 7 0 5000 123456 33 184467440 1 1\n"
        let found = try #require(ProcessStatistics(Array(line.utf8)))
        #expect(found.userTicks == 151 && found.systemTicks == 49 && found.threads == 7)
        #expect(found.startTicks == 5_000 && found.virtualBytes == 123_456 && found.residentPages == 33)
    }

    @Test("read nothing from a line that is cut", arguments: ["", "42 (a", "42 (a) S 1 42", "no parenthesis"])
    func cut(line: String) {
        #expect(ProcessStatistics(Array(line.utf8)) == nil)
    }

    @Test("read the boot time among other lines")
    func bootTime() {
        #expect(ProcessStatistics.bootTime(Array("cpu 1 2\nbtime 1700000000\nprocesses 5\n".utf8)) == 1_700_000_000)
        #expect(ProcessStatistics.bootTime(Array("cpu 1 2\n".utf8)) == nil)
    }

    @Test("tell about this process")
    func live() throws {
        let registry = Registry()
        try registry.registerProcessMetrics()
        try registry.registerBuildInfo(component: "test", version: "1", revision: "abc")
        var values: [String: Double] = [:]
        for line in registry.string().split(separator: "\n") where line.hasPrefix("process_") {
            let parts = line.split(separator: " ")
            values[String(parts[0])] = Double(parts[1])
        }
        #expect(values.count == 8)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_start_time_seconds"]) > 1_600_000_000)
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_open_fds"]) <= values["process_max_fds"] ?? 0)
        #expect(try #require(values["process_threads"]) >= 1)
        #expect(
            registry.lines("martlet_build_info{")
                == [#"martlet_build_info{component="test",version="1",revision="abc"} 1"#])
    }
}
