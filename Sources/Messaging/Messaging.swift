// Messaging: see docs/architecture.md.
