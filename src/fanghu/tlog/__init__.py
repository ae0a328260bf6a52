"""The log as a plain library: append, seal, prove and verify an append-only Merkle log of audit entries."""
