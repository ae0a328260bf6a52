"""An error made on purpose, so that a drill can see what users would be shown of a real one (7.6)."""

SECRET = "canary_table_that_never_was"
"""Words of the error itself; a page that shows them shows the error."""


class Provoked(RuntimeError):
    """Raised for a canary only; the server's own log names it."""
