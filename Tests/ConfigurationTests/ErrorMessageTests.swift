import Testing

@testable import Configuration

@Suite("Configuration errors")
struct ErrorMessageTests {
    /// What is wrong with a file, one line per mistake.
    private func errors(_ text: String, _ flags: [GivenFlag] = []) -> String {
        let file = ConfigurationFile(name: "proxy.yaml", bytes: Array(text.utf8))
        do {
            _ = try ProxyConfiguration.load(file: file, flags: flags)
            return "valid"
        } catch {
            return error.description
        }
    }

    private func errors(_ flags: [GivenFlag]) -> String {
        do {
            _ = try ProxyConfiguration.load(file: nil, flags: flags)
            return "valid"
        } catch {
            return error.description
        }
    }

    /// A setting in an otherwise right file, the setting on line 3.
    private static let base = "name: a\ninbound: {forward: '127.0.0.1:80'}\n"

    @Test(
        "Each mistake in a value says where it is, what was found and what is allowed",
        arguments: [
            ("workers: 0", #"3: workers: "0" is out of range: allowed is 1 … 256, or auto (one per core)"#),
            ("workers: many", #"3: workers: "many" is not an integer or auto (for example 4)"#),
            ("workers:", "3: workers: nothing is not an integer or auto (for example 4)"),
            ("workers: [1]", "3: workers: a list is not an integer or auto (for example 4)"),
            ("workers: {a: 1}", "3: workers: a mapping is not an integer or auto (for example 4)"),
            (
                "logging: {level: loud}",
                #"3: logging.level: "loud" is not one of error, warning, info, debug, trace (for example error)"#
            ),
            ("logging: loud", #"3: logging: "loud" is not a mapping (for example level: …)"#),
            ("timeouts: {connect: 10}", #"3: timeouts.connect: "10" is not a duration (for example 10s)"#),
            ("timeouts: {connect: 1.5s}", #"3: timeouts.connect: "1.5s" is not a duration (for example 10s)"#),
            ("timeouts: {connect: 0}", #"3: timeouts.connect: "0" is out of range: allowed is 1ms … 1m"#),
            ("timeouts: {connect: -1s}", #"3: timeouts.connect: "-1s" is out of range: allowed is 1ms … 1m"#),
            (
                "timeouts: {request: 25h}",
                #"3: timeouts.request: "25h" is out of range: allowed is 1ms … 1d, or 0 (off)"#
            ),
            (
                "timeouts: {drain: 99999999999999999999s}",
                #"3: timeouts.drain: "99999999999999999999s" is out of range: allowed is 1ms … 1h, or 0 (at once)"#
            ),
            ("limits: {headBytes: 1}", #"3: limits.headBytes: "1" is out of range: allowed is 1KiB … 1MiB"#),
            ("limits: {headBytes: 64KB}", #"3: limits.headBytes: "64KB" is not a size (for example 64KiB)"#),
            (
                "limits: {headBytes: 9999999TiB}",
                #"3: limits.headBytes: "9999999TiB" is out of range: allowed is 1KiB … 1MiB"#
            ),
            ("limits: {headFields: +9}", #"3: limits.headFields: "+9" is out of range: allowed is 8 … 10000"#),
            ("limits: {headFields: 0x20}", #"3: limits.headFields: "0x20" is not an integer (for example 10000)"#),
            ("tracing: {samplingRate: 1.01}", #"3: tracing.samplingRate: "1.01" is out of range: allowed is 0 … 1"#),
            ("tracing: {samplingRate: nan}", #"3: tracing.samplingRate: "nan" is not a number (for example 0.01)"#),
            ("tracing: {samplingRate: 1%}", #"3: tracing.samplingRate: "1%" is not a number (for example 0.01)"#),
            ("tracing: {keepErrors: yes}", #"3: tracing.keepErrors: "yes" is not true or false (for example true)"#),
            (
                "tracing: {collector: '127.0.0.1:4318'}",
                #"3: tracing.collector: "127.0.0.1:4318" is not http://ADDRESS:PORT[/PATH] or grpc://ADDRESS:PORT (for example http://127.0.0.1:4318)"#
            ),
            (
                "tracing: {protocol: http/json}",
                #"3: tracing.protocol: "http/json" is not one of http/protobuf, grpc (for example http/protobuf)"#
            ),
            (
                "tracing: {collector: 'grpc://a:4317', protocol: http/protobuf}",
                "3: tracing.protocol: http/protobuf is not what grpc://a:4317 says"
            ),
            (
                "tracing: {collector: 'http://a:4317/x', protocol: grpc}",
                "3: tracing.protocol: grpc has no place for the path of http://a:4317/x"
            ),
            ("tracing: {propagation: w3c}", #"3: tracing.propagation: "w3c" is not a list (for example [w3c])"#),
            ("tracing: {propagation: []}", "3: tracing.propagation: empty; at least 1 is needed"),
            (
                "tracing: {propagation: [w3c, b4]}",
                #"3: tracing.propagation[1]: "b4" is not one of w3c, b3, b3multi (for example w3c)"#
            ),
            ("tracing: {propagation: [b3, b3, b3, b3]}", "3: tracing.propagation: 4 entries; at most 3 are allowed"),
            ("tracing: {queueSpans: 100}", "3: tracing.batchSpans: 512 is more than tracing.queueSpans, which is 100"),
            ("admin: {listen: 4191}", #"3: admin.listen: "4191" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#),
            (
                "admin: {listen: 'name:1'}",
                #"3: admin.listen: "name:1" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#
            ),
            (
                "admin: {listen: '0.0.0.0:4191', allowShutdown: true}",
                "3: admin.allowShutdown: true is allowed only with a loopback admin.listen, which is 0.0.0.0:4191"
            ),
            ("admin: {listen: '0.0.0.0:4143'}", "2: inbound.listen: 0.0.0.0:4143 is already taken by admin.listen"),
            (
                "accessLog: {path: ''}",
                #"3: accessLog.path: "" is not a path or stdout (for example /var/log/martlet/access.log)"#
            ),
            (
                "forwarding: {connectPorts: [443, 0]}",
                #"3: forwarding.connectPorts[1]: "0" is out of range: allowed is 1 … 65535"#
            ),
            ("worker: 1", "3: worker: unknown key; did you mean workers?"),
            ("timeouts: {bodyidle: 1s}", "3: timeouts.bodyidle: unknown key; did you mean bodyIdle?"),
            ("admin: {port: 1}", "3: admin.port: unknown key; known here: listen, allowShutdown"),
            (
                "<<: {a: 1}",
                "3: <<: unknown key; known here: name, workers, admin, logging, metrics, identity, inbound, outbound, transparent, tcp, tracing, accessLog, timeouts, limits, forwarding"
            ),
            ("name: b", "3: name: given twice; first on line 1"),
            ("workers: &n 1", "3: workers: anchors (&name) and tags (!name) are not supported; write the plain value"),
            (
                "workers: !!int 1",
                "3: workers: anchors (&name) and tags (!name) are not supported; write the plain value"
            ),
            ("? [a]\n: 1", "3: a key must be plain text"),
            ("---\nname: b", "3: a second document begins; a configuration file has one"),
        ])
    func values(line: String, message: String) {
        #expect(errors(Self.base + line) == "proxy.yaml:\(message)")
    }

    @Test(
        "Mistakes in targets and routes name the element",
        arguments: [
            (
                "- name: a\n    endpoints: ['127.0.0.1:1', 10.0.0.1]",
                #"4: outbound.targets[0].endpoints[1]: "10.0.0.1" is not ADDRESS:PORT (for example 127.0.0.1:8080)"#
            ),
            ("- name: a", "3: outbound.targets[0].endpoints: missing: a list (for example [127.0.0.1:8080])"),
            ("- endpoints: ['b:1']", "3: outbound.targets[0].name: missing: a host name (for example cart)"),
            ("- name: a\n    endpoints: []", "4: outbound.targets[0].endpoints: empty; at least 1 is needed"),
            (
                "- name: a b\n    endpoints: ['b:1']",
                #"3: outbound.targets[0].name: "a b" is not a host name (for example cart)"#
            ),
            (
                "- name: a\n    endpoint: ['b:1']\n    endpoints: ['b:1']",
                "4: outbound.targets[0].endpoint: unknown key; did you mean endpoints?"
            ),
            ("- a", #"3: outbound.targets[0]: "a" is not a mapping (for example name: …)"#),
            (
                "- {name: a, endpoints: ['b:1']}\n  - {name: A., endpoints: ['c:1']}",
                #"4: outbound.targets[1].name: "A." is already the name of outbound.targets[0]"#
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r}]}",
                "3: outbound.targets[0].routes[0]: missing: the route needs a path or a pathPrefix"
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r, path: /, pathPrefix: /}]}",
                "3: outbound.targets[0].routes[0]: path and pathPrefix exclude each other"
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r, path: x}]}",
                #"3: outbound.targets[0].routes[0].path: "x" is not a path that begins with / (for example /checkout)"#
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: default, path: /}]}",
                #"3: outbound.targets[0].routes[0].name: "default" is out of range: allowed is 1 … 128 bytes, not `default`"#
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r, path: /, methods: [get]}]}",
                #"3: outbound.targets[0].routes[0].methods[0]: "get" is not a method in capitals (for example GET)"#
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r, path: /}, {name: r, path: /b}]}",
                #"3: outbound.targets[0].routes[1].name: "r" is already the name of outbound.targets[0].routes[0]"#
            ),
            (
                "- {name: a, endpoints: ['b:1'], routes: [{name: r, path: /}, {name: s, path: /}]}",
                "3: outbound.targets[0].routes[1]: takes no request: outbound.targets[0].routes[0] has the same path and methods"
            ),
        ])
    func targets(element: String, message: String) {
        #expect(errors("outbound:\n  targets:\n  \(element)\nname: a\n") == "proxy.yaml:\(message)")
    }

    @Test("All mistakes of a file are reported at once, by line, and then those of the flags")
    func together() {
        let text = """
            workers: 0
            timeouts:
              conect: 1s
              idle: never
            inbound:
              listen: 127.0.0.1
            """
        #expect(
            errors(text, [GivenFlag("log-level", "loud"), GivenFlag("target", "cart")]) == """
                proxy.yaml:1: workers: "0" is out of range: allowed is 1 … 256, or auto (one per core)
                proxy.yaml:3: timeouts.conect: unknown key; did you mean connect?
                proxy.yaml:4: timeouts.idle: "never" is not a duration (for example 10s)
                proxy.yaml:6: inbound.listen: "127.0.0.1" is not ADDRESS:PORT (for example 127.0.0.1:8080)
                proxy.yaml: name: missing: a service name (for example checkout), here or as --name
                --log-level: "loud" is not one of error, warning, info, debug, trace (for example error)
                --target: "cart" is not NAME=ADDRESS:PORT[,ADDRESS:PORT] (for example cart=127.0.0.1:8081,127.0.0.1:8082)
                """)
    }
}
