"""A row edited, slipped in or deleted in the database by hand is named, because no event explains its state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from fanghu.accounts.actions import (
    change_roles,
    create_account,
    disable_account,
    enable_account,
    end_expired,
    reset_sign_in,
)
from fanghu.accounts.canaries import make_canary, remove_canaries
from fanghu.accounts.password_changes import change_password
from fanghu.assurance.explained import WORDS, hold_rows, kept_digests, unexplained
from fanghu.assurance.verifying import Verified
from fanghu.events.actions import record
from fanghu.events.changes import accept
from fanghu.events.doer import KEEPER, Doer
from fanghu.events.governed import governances
from fanghu.events.models import OutboxEvent
from fanghu.events.schema import AuditEvent
from fanghu.signin.attempts import attempt_password, end_locks
from fanghu.signin.models import FailureCount, Lock
from tests.cast import PASSWORD, add_account

EVERY = {governance.label: governance for governance in governances().values()}
GOVERNED_ONLY = {"signin.enrolmentlink": {"purpose": "again"}, "signin.failurecount": {"failures": 2}}
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=timezone.get_default_timezone())


class Undone(Exception):
    """Puts back what was edited."""


def told() -> list[AuditEvent]:
    """Every event so far, as the log would hold them."""
    return [msgspec.json.decode(bytes(row.body), type=AuditEvent) for row in OutboxEvent.objects.all()]


def named() -> set[str]:
    return set(unexplained(told(), kept_digests()))


@pytest.fixture
def lived(db: None) -> Any:
    """One row of everything governed, made in one deed with one event."""
    with transaction.atomic():
        account = add_account("erin", "officer", factor=True)
        for governance in EVERY.values():
            one_of(governance.model)
        record("test.lived", by=KEEPER, now=NOW)
    assert named() == set()
    return account


def one_of(model: Any) -> Any:
    """A row of the model, made with values for the fields that have no default where there is none."""
    found = model.objects.first()
    if found is not None:
        return found
    values: dict[str, Any] = dict(GOVERNED_ONLY.get(model._meta.label_lower, {}))
    for field in model._meta.concrete_fields:
        if isinstance(field, models.ForeignKey):
            values[field.name] = None if field.null else one_of(field.related_model)
        elif field.name not in values and not field.has_default() and not field.null and not field.primary_key:
            values[field.name] = "" if field.blank else sample(field)
    return model.objects.create(**values)


def sample(field: Any) -> Any:
    """Some value of the field's type."""
    if field.choices:
        return field.choices[0][0]
    kinds: list[tuple[type[models.Field[Any, Any]], Any]] = [
        (models.DateTimeField, NOW), (models.DateField, date(2026, 11, 20)), (models.BooleanField, False),
        (models.IntegerField, 1), (models.FloatField, 1.0), (models.JSONField, {}), (models.CharField, "a"),
        (models.TextField, "a"),
    ]  # fmt: skip
    return next((value for kind, value in kinds if isinstance(field, kind)), None)


def other(field: Any, value: Any) -> Any:
    """Another value than the field has."""
    if isinstance(field, models.ForeignKey | models.UUIDField):
        return uuid4() if isinstance(getattr(field, "target_field", field), models.UUIDField) else 4711
    if isinstance(value, bool):
        return not value
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    if isinstance(value, int | float):
        return value + 1
    if isinstance(field, models.JSONField):
        return {"edited": "by hand", "secret": "another"}
    if value is None:
        return True if isinstance(field, models.BooleanField) else sample(field)
    return f"{value[:-1]}{'z' if value[-1:] != 'z' else 'y'}"


@pytest.mark.parametrize("label", sorted(EVERY))
def test_every_governed_field_edited_by_hand_is_found(lived: Any, label: str) -> None:
    governance, unseen = EVERY[label], []
    for name in governance.fields[1:]:
        field = next(each for each in governance.model._meta.concrete_fields if each.attname == name)
        rows = models.QuerySet(governance.model).filter(governance.where)
        pk, value = rows.values_list("pk", name)[0]
        try:
            with transaction.atomic():
                models.QuerySet(governance.model).filter(pk=pk).update(**{name: other(field, value)})
                if f"{label}:{pk}" not in named():
                    unseen.append(name)
                raise Undone
        except (Undone, IntegrityError):
            pass  # put back; or the database itself refuses it
    assert unseen == []


@pytest.mark.parametrize("label", sorted(EVERY))
def test_a_row_deleted_and_one_slipped_in_are_found(lived: Any, label: str) -> None:
    governance = EVERY[label]
    row = governance.model.objects.first()  # type: ignore[attr-defined]
    kept = kept_digests()
    name = f"{label}:{row.pk}"
    assert set(unexplained(told(), {key: digest for key, digest in kept.items() if key != name})) == {name}
    assert set(unexplained(told(), {**kept, f"{label}:4711": "0" * 32})) == {f"{label}:4711"}


def test_an_edit_stays_found_though_a_proper_deed_follows_it(lived: Any) -> None:
    models.QuerySet(type(lived)).filter(pk=lived.pk).update(kind="admin")
    lived.refresh_from_db()
    with transaction.atomic():
        lived.display_name = "Erin"
        lived.save()
        record("account.renamed", by=KEEPER, now=NOW)
    assert named() == {f"accounts.account:{lived.pk}"}


def test_an_older_state_put_back_is_found(lived: Any) -> None:
    before = lived.password
    with transaction.atomic():
        lived.password = "argon2$another"
        lived.save(update_fields=["password"])
        record("password.changed", by=KEEPER, now=NOW)
    assert named() == set()
    models.QuerySet(type(lived)).filter(pk=lived.pk).update(password=before)
    assert named() == {f"accounts.account:{lived.pk}"}


def test_a_deed_may_touch_rows_before_and_after_its_event_many_at_once_and_in_vain(lived: Any) -> None:
    person = apps.get_model("register", "Person")
    with transaction.atomic():
        people = person.objects.bulk_create(person(number=f"B-{number}", name="B") for number in range(900))
        record("people.imported", by=KEEPER, now=NOW)
        person.objects.filter(number="B-1").update(title="after the event")
    assert named() == set()
    with transaction.atomic():
        for each in people:
            each.department = "moved"
        person.objects.bulk_update(people, ["department"], batch_size=200)
        person.objects.filter(number__in=["B-2", "B-3"]).delete()
        people[5].save()
        record("people.moved", by=KEEPER, now=NOW)
    assert named() == set()
    assert max(len(bytes(row.body)) for row in OutboxEvent.objects.all()) < 60_000
    rolled_back = person.objects.get(number="B-7")
    try:
        with transaction.atomic():
            rolled_back.title = "never"
            rolled_back.save()
            raise ValueError
    except ValueError:
        pass
    with transaction.atomic():
        record("nothing.changed", by=KEEPER, now=NOW)
    assert named() == set()


def test_no_digest_can_be_made_up_from_the_database_alone(lived: Any, settings: Any, tmp_path: Any) -> None:
    from fanghu.keys.custody import Custody

    here = kept_digests()
    settings.CUSTODY = Custody(tmp_path)
    elsewhere = kept_digests()
    assert here.keys() == elsewhere.keys()
    assert not set(here.values()) & set(elsewhere.values())


def test_each_kind_of_row_is_named_in_both_languages(lived: Any) -> None:
    assert set(EVERY) <= set(WORDS)
    done = Verified()
    hold_rows([], kept_digests(), done)
    assert len(done.findings) == len(kept_digests()) == done.rows
    assert all("沒有任何事件" in zh and "no event explains" in en for zh, en in done.findings)


def test_what_sign_in_counts_and_locks_is_explained_and_what_a_hand_does_is_not(db: None) -> None:
    bob = add_account("bob", "reviewer", factor=False)
    with transaction.atomic():
        accept(unexplained(told(), kept_digests()))
        record("test.begun", by=KEEPER, now=NOW)
    by = Doer("console", place="10.0.0.9")
    for wrong, minutes in (("bob", 0), ("bob", 0), ("bob", 0), ("bob", 1), ("nobody", 2), ("bob", 16), ("bob", 17)):
        attempt_password(wrong, "wrong", by=by, now=NOW + timedelta(minutes=minutes))
        assert named() == set()
    end_locks(by=KEEPER, now=NOW + timedelta(minutes=18))
    assert named() == set()
    count = FailureCount.objects.get(failures=2)
    sid = transaction.savepoint()
    models.QuerySet(FailureCount).filter(pk=count.pk).update(failures=0)
    assert named() == {f"signin.failurecount:{count.pk}"}
    transaction.savepoint_rollback(sid)
    lock = Lock.objects.get(account=bob)
    models.QuerySet(Lock).filter(pk=lock.pk).update(until=NOW)
    assert named() == {f"signin.lock:{lock.pk}"}
    models.QuerySet(Lock).filter(pk=lock.pk).update(until=lock.until)
    assert attempt_password("bob", PASSWORD, by=by, now=NOW + timedelta(minutes=19)) is not None
    assert named() == set()


def test_every_deed_on_accounts_explains_its_rows(db: None) -> None:
    alice = add_account("alice", "administrator", factor=False)
    person = one_of(apps.get_model("register", "Person"))
    other_person = apps.get_model("register", "Person").objects.create(number="S-9", name="Zed")
    with transaction.atomic():
        accept(unexplained(told(), kept_digests()))
        record("test.begun", by=KEEPER, now=NOW)
    by = Doer("console", account=str(alice.pk), person=str(person.pk))
    zed, given = create_account(
        person=other_person.pk, name="Zed", login_id="zed", kind="temporary", roles=["reviewer"],
        valid_until=NOW + timedelta(days=30), by=by, now=NOW,
    )  # fmt: skip
    assert named() == set()
    steps: list[Callable[[], object]] = [
        lambda: change_roles(zed.pk, ["auditor", "owner"], by=by, now=NOW),
        lambda: change_password(zed.pk, "Plain-Basket-8-Orange", by=KEEPER, now=NOW, forced=True),
        lambda: disable_account(zed.pk, "left", by=by, now=NOW),
        lambda: enable_account(zed.pk, NOW + timedelta(days=9), by=by, now=NOW),
        lambda: reset_sign_in(zed.pk, factor=True, by=by, now=NOW),
        lambda: end_expired(by=KEEPER, now=NOW + timedelta(days=10)),
    ]
    for step in steps:
        before = kept_digests()
        step()
        assert named() == set()
        assert kept_digests() != before
    make_canary("f" * 32, "odd", by=KEEPER, now=NOW)
    make_canary("f" * 32, "odd", by=KEEPER, now=NOW)
    assert remove_canaries("f" * 32, by=KEEPER, now=NOW) == []
    assert given
    assert named() == set()


@pytest.mark.django_db(transaction=True)
def test_a_deed_that_forgets_its_event_is_told_to_the_process_log_and_found(caplog: pytest.LogCaptureFixture) -> None:
    person = apps.get_model("register", "Person")
    with transaction.atomic():
        made = person.objects.create(number="S-1", name="Zed")
        record("person.added", by=KEEPER, now=NOW)
    with transaction.atomic():
        made.save()
    assert caplog.text == ""
    with transaction.atomic():
        made.name = "Zoe"
        made.save()
    assert f"rows were changed without an event: register.person:{made.pk}" in caplog.text
    assert named() == {f"register.person:{made.pk}"}
