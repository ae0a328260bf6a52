"""The log library, tried against faults and against naive second opinions."""
