"""What a second person approves here: attestations, relief, giving back a tightened number."""

from django.utils.translation import gettext_lazy as _

from fanghu.approvals.approvable import Approvable
from fanghu.assurance import attesting, relieving

APPROVABLES = {
    attesting.KIND: Approvable(
        attesting.KIND,
        _("attestation"),
        attesting.rows_shown,
        attesting.current_hash,
        attesting.stand,
        attesting.refuse,
    ),
    relieving.RELIEF: Approvable(
        relieving.RELIEF,
        _("relief"),
        relieving.relief_rows,
        relieving.relief_hash,
        relieving.relieve,
        relieving.refuse_relief,
    ),
    relieving.LIMIT: Approvable(
        relieving.LIMIT, _("looser number"), relieving.limit_rows, relieving.limit_hash, relieving.loosen
    ),
}
