import EventLoop
import Testing

@Suite("A timer wheel")
struct TimerWheelTests {
    private static let tick: UInt64 = 1 << 20

    @Test("fires every timer once, at the first advance past its deadline and never before, near and far")
    func exactness() {
        var random = SystemRandomNumberGenerator()
        var wheel = TimerWheel<Int>(now: MonotonicTime(nanoseconds: 12_345))
        var deadlines: [UInt64] = []
        var cancelled: Set<Int> = []
        var ids: [TimerID] = []
        for number in 0..<3000 {
            let reach = [50, 5_000, 300_000, 20_000_000][number % 4]
            deadlines.append(UInt64.random(in: 0..<UInt64(reach), using: &random) * Self.tick + UInt64(number))
            ids.append(wheel.schedule(number, at: MonotonicTime(nanoseconds: deadlines[number])))
        }
        for number in stride(from: 0, to: 3000, by: 7) {
            #expect(wheel.cancel(ids[number]) == number)
            cancelled.insert(number)
        }
        var fired: Set<Int> = []
        var now: UInt64 = 0
        while wheel.count > 0 {
            now += UInt64.random(in: 1..<200_000, using: &random) * Self.tick
            wheel.advance(to: MonotonicTime(nanoseconds: now)) { number in
                #expect(fired.insert(number).inserted)
                #expect(deadlines[number] <= now)
            }
            let overdue = deadlines.indices.filter {
                deadlines[$0] + 2 * Self.tick < now && !fired.contains($0) && !cancelled.contains($0)
            }
            #expect(overdue.isEmpty)
        }
        #expect(fired.count + cancelled.count == 3000)
        #expect(fired.isDisjoint(with: cancelled))
    }

    @Test("says when it next has work, never later than the earliest deadline")
    func nextWork() throws {
        var wheel = TimerWheel<Int>(now: MonotonicTime(nanoseconds: 0))
        #expect(wheel.nextWork == nil)
        let id = wheel.schedule(1, at: MonotonicTime(nanoseconds: 10_000 * Self.tick))
        var steps = 0
        var fired = 0
        while fired == 0 {
            let next = try #require(wheel.nextWork)
            #expect(next.nanoseconds <= 10_000 * Self.tick)
            wheel.advance(to: next) { fired = $0 }
            steps += 1
        }
        #expect(steps < 300)
        #expect(wheel.cancel(id) == nil)
    }

    @Test("ignores the name of a timer whose place has been taken by another")
    func staleName() {
        var wheel = TimerWheel<Int>(now: MonotonicTime(nanoseconds: 0))
        let first = wheel.schedule(1, at: MonotonicTime(nanoseconds: Self.tick))
        #expect(wheel.cancel(first) == 1)
        let second = wheel.schedule(2, at: MonotonicTime(nanoseconds: Self.tick))
        #expect(wheel.cancel(first) == nil)
        #expect(wheel.cancel(second) == 2)
    }
}
