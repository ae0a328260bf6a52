"""A sample futures firm with three months of history, in a data folder of its own, on loopback only."""
