"""AuditEvent schema, outbox row and record(): every deed leaves one audit event."""
