import Testing

@testable import Tracing

@Suite("The export policy at shutdown")
struct ExportShutdownTests {
    @Test("sends everything at once, batch after batch, and is then finished")
    func flushes() {
        var driver = ExportDriver()
        driver.arrive(600)
        driver.shutDown(deadline: 5000)
        #expect(driver.next() == .send(1, deadline: 10_000))
        #expect(driver.next() == .wait(until: 5000))
        driver.respond(200, to: 1)
        #expect(driver.next() == .send(2, deadline: 10_000))
        driver.respond(200, to: 2)
        #expect(driver.next() == .finished)
        #expect(driver.counts == ["recorded": 600, "exported": 600, "request success": 2])
    }

    @Test("is finished at once when nothing is queued")
    func nothingToSend() {
        var driver = ExportDriver()
        driver.shutDown(deadline: 5000)
        #expect(driver.next() == .finished)
    }

    @Test("drops what is left at the deadline, in flight or queued, and ignores later answers")
    func deadline() {
        var driver = ExportDriver()
        driver.arrive(600)
        _ = driver.next()
        driver.shutDown(deadline: 5000)
        driver.advance(to: 5000)
        #expect(driver.next() == .finished)
        driver.respond(200, to: 1)
        driver.arrive(3)
        #expect(driver.next() == .finished)
        #expect(driver.counts == ["recorded": 603, "dropped shutdown": 603])
    }

    @Test("does not wait for a retry that would come after the deadline")
    func hopeless() {
        var driver = ExportDriver()
        driver.arrive(600)
        _ = driver.next()
        driver.respond(503, to: 1, retryAfter: "60")
        driver.shutDown(deadline: 5000)
        #expect(driver.next() == .finished)
        #expect(driver.counts == ["recorded": 600, "dropped shutdown": 600, "request unavailable": 1])
    }

    @Test("still retries when there is time")
    func retriesInTime() {
        var driver = ExportDriver()
        driver.arrive(1)
        driver.shutDown(deadline: 5000)
        #expect(driver.next() == .send(1, deadline: 10_000))
        driver.fail(1)
        driver.advance(to: 2000)
        #expect(driver.next() == .send(2, deadline: 12_000))
        driver.respond(200, to: 2)
        #expect(driver.next() == .finished)
        #expect(driver.policy.counters.exported == 1)
    }

    @Test("keeps the earlier of two deadlines")
    func twoDeadlines() {
        var driver = ExportDriver()
        driver.arrive(1)
        driver.shutDown(deadline: 5000)
        driver.shutDown(deadline: 9000)
        _ = driver.next()
        #expect(driver.next() == .wait(until: 5000))
    }
}

@Suite("The span accounts")
struct ExportInvariantTests {
    @Test("add up after every event, whatever happens", arguments: UInt64(1)...40)
    func invariant(seed: UInt64) {
        var chance = IDGenerator(seed: (seed, 7, 7, 7))
        var configuration = ExportConfiguration()
        configuration.queueSpans = 40
        configuration.batchSpans = 8
        configuration.giveUpNanoseconds = 20_000_000_000
        var driver = ExportDriver(configuration: configuration)
        var inFlight: UInt64?
        let statuses = [200, 200, 200, 400, 429, 500, 503]
        for step in 0..<600 {
            switch chance.next() % 8 {
            case 0, 1: driver.arrive(Int(chance.next() % 12), dropped: chance.next() % 3)
            case 2: driver.advance(to: driver.milliseconds + chance.next() % 3000)
            case 3:
                if let attempt = inFlight { driver.fail(attempt) }
                inFlight = nil
            case 4, 5:
                let status = statuses[Int(chance.next() % UInt64(statuses.count))]
                let body: [UInt8] = chance.next() % 3 == 0 ? [0x0A, 0x02, 0x08, UInt8(chance.next() % 16)] : []
                if let attempt = inFlight {
                    driver.respond(status, to: attempt, retryAfter: "\(chance.next() % 30)", body: body)
                }
                inFlight = nil
            default:
                switch driver.next() {
                case .send(let attempt, _):
                    #expect(inFlight == nil)
                    inFlight = attempt
                case .abort(let attempt):
                    #expect(inFlight == attempt)
                    inFlight = nil
                case .wait, .finished: break
                }
            }
            if step == 500 { driver.shutDown(deadline: driver.milliseconds + 20_000) }
            let counters = driver.policy.counters
            #expect(
                counters.recorded == counters.exported + counters.droppedTotal + UInt64(driver.policy.queuedCount))
        }
        driver.advance(to: driver.milliseconds + 20_000)
        #expect(driver.next() == .finished)
        let counters = driver.policy.counters
        #expect(counters.recorded == counters.exported + counters.droppedTotal && driver.policy.queuedCount == 0)
    }
}
