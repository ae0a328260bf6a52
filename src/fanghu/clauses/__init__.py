"""Our reading of the regulation: one small pure file per duty."""
