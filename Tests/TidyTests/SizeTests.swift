import Testing

@Suite("Sizes and names")
struct SizeTests {
    @Test("no file in Sources has more than 450 lines")
    func files() {
        #expect(WorkingCopy.sources.count > 200)
        for file in WorkingCopy.sources {
            #expect(file.lines.count - 1 <= 450, "\(file.path)")
        }
    }

    @Test("no function in Sources has more than 50 lines")
    func functions() {
        var count = 0
        for file in WorkingCopy.sources {
            let functions = file.functions
            count += functions.count
            for function in functions where function.lineCount > 50 {
                Issue.record("\(file.path):\(function.line) \(function.name) has \(function.lineCount) lines")
            }
        }
        // Otherwise the layout has changed, and functions are no longer found.
        #expect(count > 1000)
    }

    @Test("nothing is named a Manager, Helper or Util")
    func names() {
        let ending = "(?:Manager|Helper|Util)s?"
        for file in WorkingCopy.sources + WorkingCopy.tests {
            #expect(file.typeName.wholeMatch(of: /.*(?:Manager|Helper|Util)s?/) == nil, "\(file.path)")
            #expect(file.places(of: #"\b(?:struct|class|enum|actor|protocol) \w*\#(ending)\b"#) == [])
        }
    }
}
