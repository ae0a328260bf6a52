"""What a second person approves here: lending an emergency account, or one that may do more than the asker."""

from django.utils.translation import gettext_lazy as _

from fanghu.accounts import check_outs
from fanghu.approvals.approvable import Approvable

APPROVABLES = {
    check_outs.KIND: Approvable(
        check_outs.KIND,
        _("check-out of an account"),
        check_outs.rows_shown,
        check_outs.current_hash,
        check_outs.grant,
    )
}
