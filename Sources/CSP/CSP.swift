// CSP: see docs/architecture.md.
