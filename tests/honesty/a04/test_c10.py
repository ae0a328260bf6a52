"""4.10: a page without its right, no gate at all, a folder open to others, a reader by hand, nobody who may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fanghu.auditlog.actions import places
from fanghu.auditlog.views import log
from fanghu.reviews.views import day
from fanghu.shell.rights import Right
from tests.honesty.planting import House, Plant, tried

DUTY = "4.10"


def without_right(view: Any) -> Callable[[House], None]:
    """The page is open to everybody who is signed in."""

    def plant(house: House) -> None:
        before = view.fanghu_right
        house.undo.append(lambda: setattr(view, "fanghu_right", before))
        view.fanghu_right = Right.SELF

    return plant


def reader_by_hand(house: House) -> None:
    """A row that lets dave read this system's log, on the approval of something else."""
    house.by_hand(
        "INSERT INTO auditlog_logreader (system_id, role, person_id, approval_id, given_at) "
        "SELECT (SELECT id FROM register_system WHERE slug = 'fanghu'), '', (SELECT person_id FROM accounts_account "
        "WHERE login_id = 'dave'), (SELECT id FROM approvals_approval LIMIT 1), CURRENT_TIMESTAMP"
    )


def open_folder(house: House) -> None:
    house.undo.append(lambda: places().folder.chmod(0o700))
    places().folder.chmod(0o755)


PLANTS = [
    Plant("a page of the log asks for no right over it", without_right(log), "open"),
    Plant("a page of the reviews asks for no right over the log", without_right(day), "open"),
    Plant("the gate is taken out", lambda house: house.without("fanghu.shell.access.RightsMiddleware"), "open"),
    Plant("the log's folder is opened to others", open_folder, "exposed"),
    Plant("a reader is written into the database by hand", reader_by_hand, "unapproved"),
    Plant(
        "every account loses the right to read",
        lambda house: house.by_hand("DELETE FROM accounts_accountrole WHERE role <> 'owner'"),
        "no_readers",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
