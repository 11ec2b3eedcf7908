import Testing

@testable import Proxy

@Suite("A stack of things that are kept for reuse")
struct StackTests {
    private final class Plate: Stacked {
        let number: Int
        var below: Plate?

        init(_ number: Int) { self.number = number }
    }

    private func stack(of numbers: some Sequence<Int>) -> Stack<Plate> {
        var stack = Stack<Plate>()
        for number in numbers { stack.push(Plate(number)) }
        return stack
    }

    private func numbers(of stack: consuming Stack<Plate>) -> [Int] {
        var numbers: [Int] = []
        while let plate = stack.pop() { numbers.append(plate.number) }
        return numbers
    }

    @Test("gives the last one first, and counts")
    func order() {
        var stack = stack(of: 1...3)
        #expect(stack.count == 3)
        #expect(stack.pop()?.number == 3)
        stack.push(Plate(4))
        #expect(stack.count == 3)
        #expect(numbers(of: stack) == [4, 2, 1])
    }

    @Test("has nothing when it is empty")
    func empty() {
        var stack = Stack<Plate>()
        #expect(stack.pop() == nil)
        #expect(stack.count == 0)
    }

    @Test("holds on to nothing that has been taken")
    func references() {
        var stack = stack(of: 1...2)
        let taken = stack.pop()
        #expect(taken?.below == nil)
    }

    @Test("leaves out what is not wanted, and keeps the order of the others")
    func without() {
        let kept = stack(of: 1...6).without { $0.number.isMultiple(of: 2) }
        #expect(kept.count == 3)
        #expect(numbers(of: kept) == [5, 3, 1])
    }

    @Test("of a million things goes without a call inside of a call for each")
    func depth() {
        var stack = stack(of: 1...1_000_000)
        stack.removeAll()
        #expect(stack.count == 0)
    }
}
