"""A collector whose testimony each test sets by hand: the real interface, no database."""

from collections.abc import Mapping

from fanghu.testimony import Scope, Subject, Testimony
from tests.assurance.mechanism.facts import Fields, Locks

SAID: dict[type, dict[Subject, Testimony]] = {Locks: {}, Fields: {}}
CALLS: list[type] = []


def locks(scope: Scope) -> Mapping[Subject, Testimony[Locks]]:
    """Whatever the test said."""
    CALLS.append(Locks)
    return {subject: said for subject, said in SAID[Locks].items() if subject in scope.subjects}


def fields(scope: Scope) -> Mapping[Subject, Testimony[Fields]]:
    """A collector that breaks when told to."""
    CALLS.append(Fields)
    if SAID[Fields].get("break"):  # type: ignore[call-overload]
        raise OSError("the disk is gone")
    return {subject: said for subject, said in SAID[Fields].items() if subject in scope.subjects}


PROVIDERS = {Locks: locks, Fields: fields}
