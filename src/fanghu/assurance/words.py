"""Names of relief and units, in the language of the page."""

from django.utils.translation import gettext_lazy as _

RELIEF_WORDS = {
    "foreign_standard": _("a better standard of the foreign group"),
    "physical_substitute": _("physical protection of the transmission"),
    "same_group": _("transfer within the same group"),
}
LIMIT_WORDS = {
    "seconds": _("seconds"), "minutes": _("minutes"), "days": _("days"), "months": _("months"), "years": _("years"),
    "times": _("times"), "passwords": _("passwords"), "characters": _("characters"), "classes": _("classes"),
    "factors": _("factors"), "MiB": "MiB", "passes": _("passes"),
}  # fmt: skip
