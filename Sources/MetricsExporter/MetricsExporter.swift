// MetricsExporter: see ARCHITECTURE.md.
