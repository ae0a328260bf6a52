"""The one two-person rule: a request, its content hash, and a second person's decision."""
