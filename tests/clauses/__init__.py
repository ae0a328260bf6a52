"""Clause tests: pure, in milliseconds; GOOD facts, and BREAKS that each break the duty or lower its proof."""
