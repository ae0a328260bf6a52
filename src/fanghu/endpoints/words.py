"""What provoked errors are called on pages; the probes themselves know no language."""

from fanghu.testimony import _

ERRORS = (
    _("page that does not exist"),
    _("path that climbs out"),
    _("NUL in the path"),
    _("bytes that are not UTF-8"),
    _("foreign host name"),
    _("forged form"),
    _("no HTTP at all"),
    _("header without a name"),
    _("length that is no number"),
    _("header too large"),
    _("failure of the program"),
    _("failure of the database"),
    _("wrong way to ask"),
    _("no right to a page"),
)
