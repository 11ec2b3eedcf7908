extension Registry {
    /// Answers a scrape with these request headers. Never fails: a header that asks for something unknown gets text.
    public func render(accept: String? = nil, acceptEncoding: String? = nil) -> Exposition {
        let format = ContentNegotiation.format(accept: accept)
        let body = body(format)
        let gzipped = ContentNegotiation.acceptsGzip(acceptEncoding: acceptEncoding)
        return Exposition(
            contentType: format.contentType, contentEncoding: gzipped ? "gzip" : nil,
            body: gzipped ? ScrapeStride.gzip(body) : body)
    }

    func body(_ format: ExpositionFormat) -> [UInt8] {
        let begin = ContinuousClock.now
        let (bytes, samples) =
            switch format {
            case .text: text(.text)
            case .openMetrics(.draft), .openMetrics(.standard): text(.openMetrics)
            case .protobuf: protobuf()
            }
        scrapes.record(duration: begin.duration(to: .now), samples: samples, byteCount: bytes.count)
        return bytes
    }

    private func text(_ dialect: TextExposition.Dialect) -> (bytes: [UInt8], samples: Int) {
        var exposition = TextExposition(dialect, reserving: scrapes.bytesExpected)
        for family in gather() { exposition.write(family) }
        exposition.finish()
        return (exposition.bytes, exposition.samples)
    }

    private func protobuf() -> (bytes: [UInt8], samples: Int) {
        var exposition = ProtobufExposition(histogramFormat, reserving: scrapes.bytesExpected)
        for family in gather() { exposition.write(family) }
        return (exposition.bytes, exposition.samples)
    }
}
