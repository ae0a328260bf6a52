"""The audit log: relay from the outbox, import, search and verification."""
