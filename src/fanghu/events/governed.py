"""Governed models: each change of a row is sealed in the event of the deed that made it.

The event holds, for every governed row its transaction changed, a keyed digest of the row before and after. So a row
edited in the database by hand is found: no event explains its state (``assurance.explained`` holds them together).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import msgspec
from django.conf import settings
from django.db import connection, models
from django.db.models import Q
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save

from fanghu.events import changes

CHUNK = 10_000
Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Governance:
    """What is governed of a model: all concrete fields but ``free``, on rows that match ``where``.

    ``shape`` may replace a row's values where a field is governed in part only.
    """

    model: type[models.Model]
    free: frozenset[str] = frozenset()
    where: Q = field(default_factory=Q)
    shape: Callable[[Values], Values] = tuple

    @property
    def label(self) -> str:
        """``app.model``."""
        return self.model._meta.label_lower

    @property
    def fields(self) -> list[str]:
        """The governed columns, the primary key first."""
        names = [each.attname for each in self.model._meta.concrete_fields if not each.primary_key]
        return ["pk", *(name for name in names if name not in self.free and name.removesuffix("_id") not in self.free)]

    def digests(self, pks: Iterable[Any] | None = None, *, hold: bool = False) -> Iterator[tuple[Any, str]]:
        """Primary key and digest of the rows with these keys that exist (None: of all rows).

        ``hold`` keeps them from being changed by others until the transaction ends.
        """
        rows: models.QuerySet[Any] = models.QuerySet(self.model).filter(self.where)
        if hold and connection.features.has_select_for_update:
            rows = rows.select_for_update(of=("self",))
        if pks is None:
            yield from self._read(rows)
            return
        keys = list(pks)
        for start in range(0, len(keys), CHUNK):
            yield from self._read(rows.filter(pk__in=keys[start : start + CHUNK]))

    def _read(self, rows: models.QuerySet[Any]) -> Iterator[tuple[Any, str]]:
        key, label = _key(), self.label
        for pk, *values in rows.values_list(*self.fields).iterator(chunk_size=2_000):
            yield pk, digest(key, [label, pk, *self.shape(tuple(values))])


def digest(key: bytes, values: list[Any]) -> str:
    """16 bytes (hex) of HMAC-SHA-256: what is in a row, secrets too, cannot be guessed from it, nor made up."""
    import hmac

    text = msgspec.json.encode(values, enc_hook=str, order="deterministic")
    return hmac.digest(key, text, "sha256")[:16].hex()


def _key() -> bytes:
    return _secret(settings.CUSTODY)


@cache
def _secret(custody: Any) -> bytes:
    return bytes(custody.secret("hmac-rows"))


_governed: dict[type[models.Model], Governance] = {}


def governances() -> Mapping[type[models.Model], Governance]:
    """Every governed model."""
    return _governed


def govern(model: type[models.Model], **limits: Any) -> None:
    """Govern a model; one that is not ours may only be changed by ``save`` and ``delete``, which its signals tell of."""
    _governed[model] = Governance(model, **limits)
    pre_save.connect(_before_save, model)
    pre_delete.connect(_before_delete, model)
    post_save.connect(_after_save, model)
    post_delete.connect(_after_delete, model)


def _before_save(sender: Any, instance: models.Model, update_fields: Any, raw: bool, **_signal: Any) -> None:
    governance = _governed[sender]
    if not raw and not instance._state.adding and not _free(governance, update_fields):  # noqa: SLF001 - Django's own
        _note(governance, [instance.pk])


def _after_save(sender: Any, instance: models.Model, created: bool, **_signal: Any) -> None:
    if created:  # only now it has its key
        _note(_governed[sender], [instance.pk], new=True)
    changes.amend()


def _before_delete(sender: Any, instance: models.Model, **_signal: Any) -> None:
    _note(_governed[sender], [instance.pk])


def _after_delete(**_signal: Any) -> None:
    changes.amend()


def _free(governance: Governance, names: Iterable[str] | None) -> bool:
    return names is not None and not set(names) - governance.free


def _note(governance: Governance, pks: Iterable[Any], *, new: bool = False) -> None:
    """Remember how rows were before this transaction first touched them."""
    if changes.may_be_noted():
        fresh = changes.not_yet_noted(governance, pks)
        known = {} if new else dict(governance.digests(fresh, hold=True))
        changes.note(governance, {pk: known.get(pk, "") for pk in fresh})


class GovernedQuerySet(models.QuerySet[Any]):
    """Changes of many rows are noted like those of one."""

    def update(self, **values: Any) -> int:
        """As Django's; what is governed is noted first."""
        governance = _governed[self.model]
        if not _free(governance, values) and changes.may_be_noted():
            _note(governance, self.order_by().values_list("pk", flat=True))
        count = super().update(**values)
        changes.amend()
        return count

    update.alters_data = True  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        """As Django's; the rows are noted in one query."""
        if changes.may_be_noted():
            _note(_governed[self.model], self.order_by().values_list("pk", flat=True))
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def bulk_create(self, objs: Iterable[Any], *settings_: Any, **named: Any) -> list[Any]:
        """As Django's; the new rows are noted."""
        made = super().bulk_create(objs, *settings_, **named)
        _note(_governed[self.model], [each.pk for each in made], new=True)
        changes.amend()
        return made


class Governed(models.Model):
    """A model whose rows are governed; ``FREE`` fields change without an event, rows outside ``WHERE`` are left out."""

    FREE: ClassVar[frozenset[str]] = frozenset()
    WHERE: ClassVar[Q] = Q()
    objects: ClassVar[Any] = models.Manager.from_queryset(GovernedQuerySet)()

    class Meta:
        """No table of its own."""

        abstract = True


def _prepared(sender: type[models.Model], **_signal: Any) -> None:
    if issubclass(sender, Governed) and not sender._meta.abstract:
        govern(sender, free=sender.FREE, where=sender.WHERE)


models.signals.class_prepared.connect(_prepared)
