import Balancing
import Testing

@Suite("Round robin")
struct RoundRobinTests {
    private func picks(_ count: Int, of endpoints: Int, without unavailable: [Int] = [], from start: Int = 0) -> [Int?]
    {
        var set = EndpointSet()
        for index in unavailable { set.insert(index) }
        var balancer = RoundRobin(start: start)
        return (0..<count).map { _ in balancer.next(of: endpoints, unavailable: set) }
    }

    @Test("Endpoints take turns")
    func turns() {
        #expect(picks(7, of: 3) == [0, 1, 2, 0, 1, 2, 0])
        #expect(picks(3, of: 1) == [0, 0, 0])
    }

    @Test("Loops that begin apart pick apart, and a start beyond the last endpoint wraps")
    func start() {
        #expect(picks(3, of: 3, from: 1) == [1, 2, 0])
        #expect(picks(3, of: 3, from: 5) == [2, 0, 1])
    }

    @Test("An unavailable endpoint is skipped and its neighbour gets no double share")
    func skips() {
        #expect(picks(6, of: 3, without: [1]) == [0, 2, 0, 2, 0, 2])
        #expect(picks(6, of: 4, without: [0, 3]) == [1, 2, 1, 2, 1, 2])
    }

    @Test("There is nothing to pick from no endpoint, nor when all are unavailable")
    func nothing() {
        #expect(picks(2, of: 0) == [nil, nil])
        #expect(picks(2, of: 2, without: [0, 1]) == [nil, nil])
    }

    @Test("The number of endpoints may change between picks")
    func changes() {
        var balancer = RoundRobin()
        #expect((0..<3).map { _ in balancer.next(of: 4) } == [0, 1, 2])
        #expect((0..<3).map { _ in balancer.next(of: 2) } == [1, 0, 1])
    }

    @Test("More endpoints than one word of bits are told apart", arguments: [0, 1, 63, 64, 65, 127, 128, 300])
    func manyEndpoints(index: Int) {
        var set = EndpointSet()
        #expect(set.isEmpty)
        set.insert(index)
        #expect(!set.isEmpty)
        #expect((0..<400).filter(set.contains) == [index])
        set.remove(index)
        set.remove(index + 1)
        #expect(set.isEmpty)
        #expect(set == EndpointSet())
        #expect(picks(1, of: 400, without: Array(0..<399)) == [399])
    }
}
