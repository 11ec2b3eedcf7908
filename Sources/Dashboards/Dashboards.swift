// Dashboards: see ARCHITECTURE.md.
