"""Drills of addresses and flows: what an eavesdropper, a downgrader and a provoker of errors get to see."""
