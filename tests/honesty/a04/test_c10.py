"""4.10: a page without its right, no gate at all, a folder open to others, nobody who may read."""

from __future__ import annotations

from fanghu.auditlog import views
from fanghu.auditlog.actions import places
from fanghu.shell.rights import Right
from tests.honesty.planting import House, Plant, tried

DUTY = "4.10"


def page_without_right(house: House) -> None:
    before = views.log.fanghu_right  # type: ignore[attr-defined]
    house.undo.append(lambda: setattr(views.log, "fanghu_right", before))
    views.log.fanghu_right = Right.SELF  # type: ignore[attr-defined]


def open_folder(house: House) -> None:
    house.undo.append(lambda: places().folder.chmod(0o700))
    places().folder.chmod(0o755)


PLANTS = [
    Plant("a page of the log asks for no right over it", page_without_right, "open"),
    Plant("the gate is taken out", lambda house: house.without("fanghu.shell.access.RightsMiddleware"), "open"),
    Plant("the log's folder is opened to others", open_folder, "exposed"),
    Plant(
        "every account loses the right to read",
        lambda house: house.by_hand("DELETE FROM accounts_accountrole WHERE role <> 'owner'"),
        "no_readers",
    ),
]
test_a_fault_is_seen = tried(DUTY, PLANTS)
