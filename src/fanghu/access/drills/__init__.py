"""Drills of use: outside the conditions, past the idle time, and with forged proof of who one is."""
