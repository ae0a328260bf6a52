"""A mechanism for the tests of the engine, installed as an app."""
