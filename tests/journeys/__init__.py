"""Stories told through the running product and a real browser."""
