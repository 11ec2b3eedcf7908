import Testing

@Suite struct ProtobufDifferentialTests {
    private func compare(_ bytes: [UInt8]) {
        let difference = OTLPOracle.difference(bytes)
        #expect(difference == nil, "\(bytes)")
    }

    private func randomRequest(_ random: inout SplitMix) -> [UInt8] {
        let spans = (0..<Int.random(in: 0...4, using: &random)).map { _ in
            var span = FixtureSpan(
                trace: TraceKeyFixture(high: random.next(), low: random.next()), spanID: random.next(),
                parentID: Bool.random(using: &random) ? random.next() : 0)
            span.name = "n\(random.next() % 100)"
            span.kind = Int(random.next() % 6)
            span.start = random.next()
            span.end = random.next()
            span.status = Int(random.next() % 3)
            span.attributes = (0..<Int(random.next() % 5)).map { ("k\($0)", randomValue(&random, depth: 0)) }
            if random.next() % 3 == 0 {
                span.extra =
                    WireBuilder {
                        $0.message(11) { event in
                            event.fixed64(1, 5)
                            event.text(2, "event")
                        }
                        $0.message(13) { link in link.blob(1, bigEndian(1) + bigEndian(2)) }
                        $0.fixed32(16, 0x301)
                        $0.text(3, "ot=th:8")
                        $0.number(900, 4)
                    }.bytes
            }
            return span
        }
        return exportRequest(spans)
    }

    private func randomValue(_ random: inout SplitMix, depth: Int) -> FixtureValue {
        switch random.next() % (depth < 3 ? 8 : 6) {
        case 0: .string("v\(random.next())")
        case 1: .bool(true)
        case 2: .int(Int64(bitPattern: random.next()))
        case 3: .double(Double(random.next()))
        case 4: .bytes([1, 2, 3])
        case 5: .empty
        case 6: .array([randomValue(&random, depth: depth + 1), .int(1)])
        default: .list(["x": randomValue(&random, depth: depth + 1)])
        }
    }

    @Test func `reads random requests as libprotobuf-c does`() {
        var random = SplitMix(state: 11)
        for _ in 0..<500 { compare(randomRequest(&random)) }
    }

    @Test func `accepts every damaged request that libprotobuf-c accepts, and reads it the same`() {
        var random = SplitMix(state: 12)
        for _ in 0..<3_000 {
            var bytes = randomRequest(&random)
            guard !bytes.isEmpty else { continue }
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch random.next() % 3 {
                case 0: bytes[position] = UInt8(truncatingIfNeeded: random.next())
                case 1: bytes[position] ^= 1 << UInt8(random.next() % 8)
                default: if bytes.count > 1 { bytes.remove(at: position) }
                }
            }
            compare(bytes)
        }
    }
}
