extension SQLiteStatement {
    /// Binds the eight columns of a summary, from `first` on, in the order of the `trace` table.
    func bind(_ summary: TraceSummary, from first: Int32) {
        bind(first, Int64(clamping: summary.start))
        bind(first + 1, Int64(clamping: summary.duration))
        bind(first + 2, summary.spans)
        bind(first + 3, summary.errors)
        bind(first + 4, summary.orphans)
        bind(first + 5, optional: summary.rootService)
        bind(first + 6, optional: summary.rootName)
        bind(first + 7, summary.packedServices)
    }

    private func bind(_ index: Int32, optional value: Int?) {
        if let value { bind(index, value) } else { bindNull(index) }
    }

    func insert(row: Int64, trace: Int64) throws(SQLiteError) {
        bind(1, row)
        bind(2, trace)
        try run()
    }

    func add(_ edge: DependencyCounts.Edge) throws(SQLiteError) {
        bind(1, edge.minute)
        bind(2, edge.parent)
        bind(3, edge.child)
        bind(4, edge.calls)
        try run()
    }
}
