// Routing: see ARCHITECTURE.md.
