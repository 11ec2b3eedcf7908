// TraceCollector: see ARCHITECTURE.md.
