// Balancing: see ARCHITECTURE.md.
