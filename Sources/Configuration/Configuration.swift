// Configuration: see ARCHITECTURE.md.
