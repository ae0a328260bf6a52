"""Drills of sign-in: attacks over the wire on canary accounts made for the run and removed after it."""
