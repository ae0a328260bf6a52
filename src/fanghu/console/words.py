"""What verdicts, proofs, scopes and numbers are called on the console's pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

VERDICTS = {
    "met": _("Met"),
    "not_met": _("Not met"),
    "unknown": _("Undetermined"),
    "not_applicable": _("Not applicable"),
}
TAGS = {"met": "met", "not_met": "not-met", "unknown": "unknown", "not_applicable": "na"}
PROOFS = {
    "attested": _("attested"),
    "recorded": _("recorded"),
    "measured": _("measured"),
    "drilled": _("drilled"),
}
PROOF_HINTS = {
    "attested": _("an approved document that expires"),
    "recorded": _("people's work done on time, counted"),
    "measured": _("read from the mechanism itself"),
    "drilled": _("Fanghu tried it for real"),
}
# In a cell of the map there is room for one short word; with many systems, for one letter.
CELLS = {
    "attested": pgettext_lazy("cell", "attested"),
    "recorded": pgettext_lazy("cell", "recorded"),
    "measured": pgettext_lazy("cell", "measured"),
    "drilled": pgettext_lazy("cell", "drilled"),
    "met": pgettext_lazy("cell", "met"),
    "not_met": pgettext_lazy("cell", "not met"),
    "unknown": pgettext_lazy("cell", "unknown"),
    "stale": pgettext_lazy("cell", "stale"),
    "relief": pgettext_lazy("cell", "relief"),
    "gap": pgettext_lazy("cell", "advised"),
    "should": pgettext_lazy("cell", "should"),
}
LETTERS = {
    "attested": pgettext_lazy("letter", "A"),
    "recorded": pgettext_lazy("letter", "R"),
    "measured": pgettext_lazy("letter", "M"),
    "drilled": pgettext_lazy("letter", "D"),
    "met": "",
    "not_met": "",
    "unknown": "",
    "stale": "",
    "relief": "",
    "gap": "",
}
STRENGTHS = {"shall": _("required"), "should": _("recommended")}
SCOPES = {
    "firm": _("the firm"),
    "system": _("every system"),
    "system_wider_on_core": _("every system, core systems more widely"),
    "core": _("core systems"),
    "non_core": _("systems that are not core"),
    "core_internet_facing": _("core systems on the internet"),
    "core_outsourced": _("core systems whose development is outsourced"),
    "core_serving_outside_passwords": _("core systems that serve outsiders and use passwords"),
    "other_passwords_than_core_serving_outside": _("all other systems that use passwords"),
    "e_trading": _("e-trading systems"),
    "admin_over_internet": _("systems administered over the internet"),
    "remote_access": _("systems with remote access"),
    "customer_accounts": _("systems with customer accounts"),
    "passwords": _("systems that use passwords"),
    "non_customer_passwords": _("systems whose non-customer accounts use passwords"),
    "customer_passwords": _("systems whose customer accounts use passwords"),
    "personal_data": _("systems that hold personal data"),
}
FIRMS = {
    "all": _("every futures business"),
    "class_1": _("class 1 futures firms"),
    "internet_ordering": _("firms that offer internet ordering"),
    "transfers_abroad": _("firms that transfer customers' data abroad"),
}
UNITS = {
    "seconds": _("seconds"),
    "minutes": _("minutes"),
    "days": _("days"),
    "months": _("months"),
    "years": _("years"),
    "times": _("times"),
    "passwords": _("passwords"),
    "characters": _("characters"),
    "classes": _("classes"),
    "factors": _("factors"),
    "MiB": "MiB",
    "passes": _("passes"),
}
RELIEF = {
    "foreign_standard": _("a better standard of the foreign group"),
    "physical_substitute": _("physical protection of the transmission"),
    "same_group": _("transfer within the same group"),
}
FIRM = _("Firm")
LIMITS = {
    "analysis_days": _("days until records are analysed"),
    "argon2_memory_mib": _("memory of Argon2"),
    "argon2_passes": _("passes of Argon2"),
    "character_classes": _("kinds of characters"),
    "checkpoint_days": _("age of the checkpoint kept elsewhere"),
    "disable_within_minutes": _("time until an account is disabled"),
    "exercise_months": _("time between exercises"),
    "headroom_days": _("room left for records"),
    "idle_days": _("days without use"),
    "lock_minutes": _("length of the lock"),
    "max_failures": _("failures before the lock"),
    "max_offset_seconds": _("offset of the clock"),
    "max_skew_seconds": _("skew of times"),
    "min_factors": _("factors"),
    "min_length": _("length of a password"),
    "password_history": _("passwords remembered"),
    "password_max_age_months": _("longest age of a password"),
    "password_min_age_days": _("shortest age of a password"),
    "restore_months": _("time between restores"),
    "retention_years": _("time records are kept"),
    "review_days": _("time between reviews"),
    "review_months": _("time between reviews"),
    "rotation_months": _("time between rotations"),
    "scan_months": _("time between scans"),
    "setup_grace_days": _("days of grace while setting up"),
    "sync_days": _("time between synchronisations"),
    "test_months": _("time between tests"),
    "token_minutes": _("life of a token"),
    "token_uses": _("uses of a token"),
}
SCOPE_FACTS = {
    "is_core": _("Core system"),
    "e_trading": _("E-trading"),
    "serves_outside": _("Serves outsiders"),
    "internet_facing": _("Faces the internet"),
    "personal_data": _("Holds personal data"),
    "uses_passwords": _("Uses passwords"),
    "has_customer_accounts": _("Has customer accounts"),
    "outsourced_development": _("Development outsourced"),
    "admin_over_internet": _("Administered over the internet"),
    "remote_access": _("Remote access"),
}
