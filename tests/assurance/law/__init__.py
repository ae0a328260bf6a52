"""Readings for the tests of the engine."""
