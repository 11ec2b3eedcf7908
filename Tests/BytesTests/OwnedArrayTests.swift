import Bytes
import Testing

@Suite("An array whose elements are not copied")
struct OwnedArrayTests {
    /// Says when it goes.
    private struct Token: ~Copyable {
        var number: Int
        let log: Log

        deinit { log.gone.append(number) }
    }

    private final class Log {
        var gone: [Int] = []
    }

    private func array(_ numbers: Range<Int>, _ log: Log) -> OwnedArray<Token> {
        var array = OwnedArray<Token>()
        for number in numbers { array.append(Token(number: number, log: log)) }
        return array
    }

    @Test("is empty at first")
    func empty() {
        let array = OwnedArray<Token>()
        let count = array.count
        #expect(count == 0)
    }

    @Test("keeps its elements in their order as it grows, and lets none go")
    func grows() {
        let log = Log()
        let array = array(0..<100, log)
        var numbers: [Int] = []
        for index in 0..<array.count { numbers.append(array[index].number) }
        #expect(numbers == Array(0..<100))
        #expect(log.gone.isEmpty)
        withExtendedLifetime(array) {}
    }

    @Test("changes an element where it stands")
    func changes() {
        let log = Log()
        var array = array(0..<3, log)
        array[1].number += 40
        let numbers = [array[0].number, array[1].number, array[2].number]
        #expect(numbers == [0, 41, 2])
        #expect(log.gone.isEmpty)
    }

    @Test("lets each element go once, with itself or when another array takes its place")
    func ends() {
        let log = Log()
        var array = array(0..<5, log)
        #expect(log.gone.isEmpty)
        array = OwnedArray()
        #expect(log.gone == [0, 1, 2, 3, 4])
        array.append(Token(number: 5, log: log))
        _ = consume array
        #expect(log.gone == [0, 1, 2, 3, 4, 5])
    }

    @Test("stops the program at an index that it does not have")
    func bounds() async {
        await #expect(processExitsWith: .failure) {
            var array = OwnedArray<Int>()
            array.append(1)
            _ = array[1]
        }
    }
}
