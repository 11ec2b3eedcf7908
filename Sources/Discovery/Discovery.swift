// Discovery: see ARCHITECTURE.md.
