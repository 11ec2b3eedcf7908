import TLS
import Testing

@testable import Proxy

@Suite("The clients that a worker tells apart")
struct PeerTableTests {
    private func id(_ number: Int) throws -> SPIFFEID {
        try SPIFFEID("spiffe://shop.example/ns/default/sa/client-\(number)")
    }

    @Test("a client keeps its number, and no TLS has one of its own")
    func numbers() throws {
        let table = PeerTable()
        #expect(table.number(of: nil) == PeerTable.noPeer)
        let first = table.number(of: try id(1))
        let second = table.number(of: try id(2))
        #expect(Set([PeerTable.noPeer, first, second]).count == 3)
        #expect(table.number(of: try id(1)) == first)
        #expect(table.labels(second) == .client(try id(2).description))
    }

    @Test("beyond the limit all are counted together, and those before it stay apart")
    func limit() throws {
        let table = PeerTable()
        for number in 0..<Limits.clientIdentitiesMax {
            #expect(table.labels(table.number(of: try id(number))) == .client(try id(number).description))
        }
        for number in [Limits.clientIdentitiesMax, Limits.clientIdentitiesMax + 1] {
            #expect(table.labels(table.number(of: try id(number))) == .client(PeerTable.others))
        }
        #expect(table.labels(table.number(of: try id(0))) == .client(try id(0).description))
    }

    @Test(
        "labels stand in the order of their names",
        arguments: [
            (PeerLabels.client("c"), ["true", "c", "", ""]), (.server("s"), ["true", "", "s", ""]),
            (.none(.disabled), ["false", "", "", "disabled"]),
        ])
    func order(labels: PeerLabels, values: [String]) { #expect(labels.values == values) }
}
