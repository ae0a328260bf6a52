"""What asks a system from outside, as anybody could: plain libraries for drills and probes; no Django."""
