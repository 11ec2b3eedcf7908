import Foundation
import Testing

@testable import Dashboards

@Suite("A document")
struct DocumentTests {
    @Test("is written as JSON in its own order, with every escape")
    func json() {
        let document: Document = [
            "z": 1, "a": [true, .null, 0.5], "empty": .object([]), "none": [],
            "text": "quote \" backslash \\ line\nbell \u{7} é →",
        ]
        #expect(
            JSONWriter.text(of: document) == """
                {
                  "z": 1,
                  "a": [
                    true,
                    null,
                    0.5
                  ],
                  "empty": {},
                  "none": [],
                  "text": "quote \\" backslash \\\\ line\\nbell \\u0007 é →"
                }

                """)
    }

    @Test("is written as YAML that a person would write")
    func yaml() {
        let document: Document = [
            "groups": [
                [
                    "name": "a", "interval": "1m30s",
                    "rules": [["record": "a:b:rate5m", "expr": "up\n\n  or down"], ["expr": #"x{y="z"}"#]],
                ]
            ],
            "list": ["one", "two words"], "empty": [], "zero": 0, "ratio": 0.5,
        ]
        #expect(
            YAMLWriter.text(of: document, header: ["A", ""]) == """
                # A
                #
                groups:
                  - name: a
                    interval: 1m30s
                    rules:
                      - record: a:b:rate5m
                        expr: |-
                          up

                            or down
                      - expr: 'x{y="z"}'
                list:
                  - one
                  - "two words"
                empty: []
                zero: 0
                ratio: 0.5

                """)
    }

    @Test(
        "quotes in YAML what a reader could take for something else",
        arguments: [
            ("plain", "plain"), ("a:b", "a:b"), ("/orders/1", "/orders/1"), ("30s", "30s"),
            ("yes", "\"yes\""), ("No", "\"No\""), ("null", "\"null\""), ("on", "\"on\""), ("1", "\"1\""),
            ("1.5", "\"1.5\""), ("0x1f", "\"0x1f\""), ("1e3", "\"1e3\""), ("", "\"\""),
            ("key: value", "\"key: value\""),
            ("ends:", "\"ends:\""), ("- item", "\"- item\""), ("*alias", "\"*alias\""),
            ("it's \"it\"", "\"it's \\\"it\\\"\""),
            ("tab\there", "\"tab\\there\""), ("é", "\"é\""), ("a\\.b", "'a\\.b'"), ("# no comment", "\"# no comment\""),
        ])
    func quoting(value: String, text: String) {
        #expect(YAMLWriter.text(of: ["k": .string(value)]) == "k: \(text)\n")
    }

    @Test(
        "writes durations as Prometheus does",
        arguments: [(0, "0s"), (15, "15s"), (90, "1m30s"), (3_600, "1h"), (4_320, "1h12m"), (2_592_000, "30d")])
    func durations(seconds: Int, text: String) {
        #expect(prometheusDuration(seconds: seconds) == text)
    }
}
