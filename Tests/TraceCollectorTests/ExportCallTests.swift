import GRPC
import MetricsExporter
import Testing

@testable import TraceCollector

@Suite("An Export call's refusal")
struct ExportCallTests {
    @Test("pressure is UNAVAILABLE with a delay, which is what makes senders come again")
    func pressure() {
        let overloaded = ExportRefusal.overloaded(retryAfterSeconds: 7).callAnswer
        #expect(overloaded.status == .unavailable)
        #expect(overloaded.retryDelayNanoseconds == 7_000_000_000)
        #expect(overloaded.message == "too many spans are waiting to be stored")
        #expect(ExportRefusal.logUnavailable(retryAfterSeconds: 1).callAnswer.retryDelayNanoseconds == 1_000_000_000)
        #expect(ExportRefusal.transport(status: 503, why: "x").callAnswer.status == .unavailable)
    }

    @Test("what HTTP refuses has the status that says the same")
    func transport() {
        for (status, expected) in [
            (408, .deadlineExceeded), (413, .resourceExhausted), (431, .resourceExhausted), (503, .unavailable),
            (400, .internal),
        ] as [(Int, GRPCStatus)] {
            #expect(ExportRefusal.transport(status: status, why: "x").callAnswer.status == expected)
        }
    }

    @Test("a core that ends tells callers to come again")
    func stopped() throws {
        let directory = try TemporaryDirectory()
        let core = try CollectorCore(
            CollectorConfiguration(directory: directory.path), metrics: try CollectorMetrics(Registry()))
        let call = ExportCall(path: GRPCTraceService.path, body: GRPCMessage.framed(exportRequest([FixtureSpan()])))
        #expect(core.receive(call) == ExportCallAnswer(status: .ok))
        core.stop()
        let answer = core.receive(call)
        #expect(answer.status == .unavailable)
        #expect(answer.retryDelayNanoseconds == 1_000_000_000)
    }
}
