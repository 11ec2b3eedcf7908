import Testing
import Tracing

func span(_ number: Int = 1, name: String = "GET") -> SpanRecord {
    var ids = IDGenerator(seed: (1, 2, 3, UInt64(number)))
    let context = TraceContext(continuing: .none, sampler: Sampler(rate: 1), ids: &ids)
    let time = UInt64(number)
    return SpanRecord(
        context: context, kind: .server, name: name, startUnixNanoseconds: time, endUnixNanoseconds: time)
}

@Suite("A span buffer")
struct SpanBufferTests {
    @Test("says when a batch is ready, drops and counts what finds it full, and hands everything over at once")
    func bounded() {
        var buffer = SpanBuffer(capacity: 4, batchSize: 3)
        #expect(
            (1...6).map { buffer.append(span($0)) } == [
                .buffered, .buffered, .batchReady, .batchReady, .droppedQueueFull, .droppedQueueFull,
            ])
        let batch = buffer.take()
        #expect(batch.spans.map(\.startUnixNanoseconds) == [1, 2, 3, 4])
        #expect(batch.droppedCount == 2 && batch.recordedCount == 6)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        let next = buffer.take()
        #expect(next.spans.isEmpty && next.droppedCount == 0)
    }

    @Test("stays small: a record and an attribute have the size that the queue limits count on")
    func layout() {
        #expect(MemoryLayout<SpanRecord>.size <= 96)
        #expect(MemoryLayout<SpanAttribute>.stride == 24)
    }

    @Test("weighs a record by its fields and its text")
    func weight() {
        var record = span(name: "GET /a")
        let bare = record.estimatedByteCount
        #expect(bare == MemoryLayout<SpanRecord>.size + 6)
        record.attributes = [SpanAttribute(.urlPath, .string("/abc")), SpanAttribute(.serverPort, .integer(80))]
        #expect(record.estimatedByteCount == bare + 2 * 24 + 4)
    }
}
