"""An error made on purpose, so that a drill can see what users would be shown of a real one (7.6)."""

import logging

SECRET = "canary_table_that_never_was"
"""Words of the error itself; a page that shows them shows the error."""


class Provoked(RuntimeError):
    """Raised for a canary only; the server's own log names it."""


class Hush(logging.Filter):
    """Leaves one line of what was provoked from outside: a drill's failures, and requests under a foreign host name."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Take the traceback away where it tells nothing; let all pass."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and (SECRET in str(error) or record.name == "django.security.DisallowedHost"):
            record.exc_info = None
            record.exc_text = None
        return True
