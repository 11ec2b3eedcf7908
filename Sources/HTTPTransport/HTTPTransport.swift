// HTTPTransport: see ARCHITECTURE.md.
