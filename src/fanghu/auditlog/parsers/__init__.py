"""What records of other systems say: one pure reader for each format, none of which loses a byte or ever raises."""
