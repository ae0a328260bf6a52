"""The search index of a log that grows fast: Parquet parts, a ledger of what they cover, DuckDB over them; no Django."""
