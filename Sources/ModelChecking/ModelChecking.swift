// ModelChecking: see docs/architecture.md.
