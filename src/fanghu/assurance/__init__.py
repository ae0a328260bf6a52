"""The engine: applicability, judging, history, attestation, relief and drills."""
