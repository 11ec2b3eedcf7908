import Testing

@testable import IdentityService

struct RequestBudgetTests {
    private static let second: UInt64 = 1_000_000_000

    @Test func `an address may send ten seconds' worth at once, and then as many as a second brings`() {
        var budget = RequestBudget(perSecond: 2)
        let granted = { (count: Int, now: UInt64) in (0..<count).filter { _ in budget.take("a", now: now) }.count }
        #expect(granted(25, 0) == 20)
        #expect(granted(5, Self.second) == 2)
        #expect(granted(25, 100 * Self.second) == 20)
        let isOtherAllowed = budget.take("b", now: 0)
        #expect(isOtherAllowed)
    }

    @Test func `addresses for which there is no room share one budget, until others have filled theirs again`() {
        var budget = RequestBudget(perSecond: 1)
        let early = (0..<Limits.addressesMax).filter { budget.take("\($0)", now: 0) }
        #expect(early.count == Limits.addressesMax)
        let late = (0..<20).filter { budget.take("late \($0)", now: 0) }
        #expect(late.count == 10)
        let later = (0..<20).filter { budget.take("later \($0)", now: 60 * Self.second) }
        #expect(later.count == 20)
    }
}
