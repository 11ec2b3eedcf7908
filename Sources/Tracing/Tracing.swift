// Tracing: see ARCHITECTURE.md.
