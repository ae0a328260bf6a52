"""The house rules: how the tree, its modules and its readings must stand."""
