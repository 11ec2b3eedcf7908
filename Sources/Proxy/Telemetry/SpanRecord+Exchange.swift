import EventLoop
import HTTP
import Tracing

extension SpanRecord {
    init(
        of exchange: Exchange, trace: TraceContext, verdict: Sampler.Verdict, direction: Direction,
        peer: SocketAddress, service: String, clock: WallClock
    ) {
        self.init(
            context: trace, kind: direction == .inbound ? .server : .client, name: "x",
            startUnixNanoseconds: clock.unixNanoseconds(exchange.record.started),
            endUnixNanoseconds: clock.unixNanoseconds(exchange.record.ended))
    }
}
