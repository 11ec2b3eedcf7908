import Testing

@testable import Proxy

struct RenewalScheduleTests {
    private static let day: UInt64 = 86_400_000_000_000
    private static let second: UInt64 = 1_000_000_000

    @Test(arguments: [(0.0, 0.65), (0.5, 0.7), (1.0, 0.75)])
    func `a certificate is renewed at 70 percent of its life, five percent more or less`(chance: Double, share: Double)
    {
        var schedule = RenewalSchedule()
        let wait = schedule.succeeded(lifetime: Self.day, chance: chance)
        #expect(abs(Double(wait) / Double(Self.day) - share) < 1e-9)
    }

    @Test func `failures double the wait up to a minute, and a success begins anew`() {
        var schedule = RenewalSchedule()
        _ = schedule.succeeded(lifetime: Self.day, chance: 0)
        let waits = (0..<10).map { _ in schedule.failed(chance: 1) / (Self.second / 2) }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120])
        _ = schedule.succeeded(lifetime: Self.day, chance: 0)
        #expect(schedule.failed(chance: 1) == Self.second / 2)
    }

    @Test func `chance takes up to half of a wait`() {
        var schedule = RenewalSchedule()
        #expect(schedule.failed(chance: 0) == Self.second / 4)
    }

    @Test func `before the first certificate waits stay short, and so they do when certificates are`() {
        var joining = RenewalSchedule()
        #expect((0..<20).map { _ in joining.failed(chance: 1) }.max() == 15 * Self.second)
        var hasty = RenewalSchedule()
        _ = hasty.succeeded(lifetime: 60 * Self.second, chance: 0.5)
        #expect((0..<20).map { _ in hasty.failed(chance: 1) }.max() == 3 * Self.second)
    }
}
