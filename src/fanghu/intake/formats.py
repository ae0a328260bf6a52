"""Which formats a source's records may have."""

FORMATS: tuple[str, ...] = (
    "verbatim", "openssh", "linux-auth", "nginx", "apache", "windows", "postgresql", "ndjson", "otlp",
)  # fmt: skip
