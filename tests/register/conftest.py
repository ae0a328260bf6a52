"""What tests of the register share."""

from datetime import UTC, datetime

import msgspec
import pytest

from fanghu.events.doer import Doer
from fanghu.register.sheet import read_sheet
from tests.register.files import csv_file


@pytest.fixture
def now():
    return datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def machine():
    return Doer("cli", place="host uid 0")


@pytest.fixture
def doer():
    return lambda account: Doer("console", account=str(account.pk), person=str(account.person_id))


@pytest.fixture
def events():
    def read(type_=None):
        from fanghu.events.models import OutboxEvent

        bodies = [msgspec.json.decode(bytes(row.body)) for row in OutboxEvent.objects.order_by("created_at")]
        return [body for body in bodies if type_ is None or body["type"] == type_]

    return read


@pytest.fixture
def sheet():
    return lambda rows=None, header=None: read_sheet("a.csv", csv_file(rows, header))
