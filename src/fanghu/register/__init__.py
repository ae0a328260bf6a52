"""The firm, its people and its systems: the facts that decide which duties apply."""
