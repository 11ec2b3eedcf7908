import Bytes
import EventLoop
import MetricsExporter

/// What the connections of one worker that are carried as they are share.
final class TCPResources {
    let metrics: TCPMetrics
    private let fallbacks: CounterCell
    /// What is read before it is written; empty between two steps.
    var scratch = ByteBuffer()
    private var idlePipes: [SplicePipe] = []
    private var pipeCount = 0

    init(_ metrics: TCPMetrics, shard: Int) {
        self.metrics = metrics
        fallbacks = metrics.spliceFallbacks.cell(shard: shard)
    }

    /// An empty pipe, or nil when there are enough of them; the bytes are then copied.
    func takePipe() -> SplicePipe? {
        if let pipe = idlePipes.popLast() { return pipe }
        guard pipeCount < TCPLimits.pipesMax else {
            fallbacks.add()
            return nil
        }
        do throws(SystemError) {
            let pipe = try SplicePipe()
            pipeCount += 1
            return pipe
        } catch {
            fallbacks.add()
            return nil
        }
    }

    /// Takes a pipe back; one with bytes in it is closed with them.
    func giveBack(_ pipe: SplicePipe) {
        if pipe.isEmpty, idlePipes.count < TCPLimits.idlePipesMax {
            idlePipes.append(pipe)
        } else {
            pipeCount -= 1
        }
    }

    /// Closes the pipes that nobody needed, and lets go of the buffer; called once a second.
    func sweep() {
        pipeCount -= idlePipes.count
        idlePipes.removeAll()
        scratch = ByteBuffer()
    }
}
