/// What can lie in a `Stack`; in one at a time.
protocol Stacked: AnyObject {
    /// The stack's own: what lies under it there.
    var below: Self? { get set }
}

/// Things that are kept for reuse, the last one first. They are linked through themselves, so that neither pushing nor popping
/// allocates; and every access to a property that is one is proved exclusive by the compiler, as it cannot be to an array,
/// which may run code of its elements (ADR 6).
struct Stack<Element: Stacked> {
    private(set) var count = 0
    private var top: Element?

    mutating func push(_ element: Element) {
        swap(&element.below, &top)
        top = element
        count += 1
    }

    mutating func pop() -> Element? {
        guard let element = top else { return nil }
        top = nil
        swap(&element.below, &top)
        count -= 1
        return element
    }

    /// One by one: as a chain they would go each inside of the one before, and a long one would take all of the thread's stack.
    mutating func removeAll() {
        while pop() != nil {}
    }

    /// The same things but those that are `unwanted`. O(count).
    consuming func without(_ isUnwanted: (Element) -> Bool) -> Stack {
        var kept: [Element] = []
        while let element = pop() {
            if !isUnwanted(element) { kept.append(element) }
        }
        for element in kept.reversed() { push(element) }
        return self
    }
}
