"""The intake: its processes for real, over TLS, killed, flooded and refused."""
