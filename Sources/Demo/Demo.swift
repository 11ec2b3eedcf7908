// Demo: see ARCHITECTURE.md.
