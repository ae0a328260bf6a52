"""The logs as C2SP tlog-tiles serves them: checkpoint, tiles, entry bundles.

A log holds many systems' events side by side, so they are for those who may read all of it.
"""

from __future__ import annotations

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from fanghu.auditlog.actions import indexes
from fanghu.auditlog.record import OWN_LOG
from fanghu.events.actions import record
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right
from fanghu.tlog import publication
from fanghu.tlog.damage import LogDamaged, LogPruned

BUNDLES = "tile/entries/"


@require_safe
@asks(Right.LOG_READ_ALL)
def published(request: HttpRequest, resource: str) -> HttpResponse:
    """What lies at ``LOG/PATH`` of a published log; handing out a checkpoint or entries is an event."""
    name, _slash, resource = resource.partition("/")
    log = indexes().logs.get("" if name == OWN_LOG else name) if name else None
    try:
        found = None if log is None else publication.resource(log.reader, resource)
    except (LogDamaged, LogPruned) as why:  # let go, or damaged: verification tells which
        raise Http404 from why
    if found is None:
        raise Http404
    if resource == "checkpoint" or resource.startswith(BUNDLES):
        with transaction.atomic():
            record("log.served", by=doer_of(request), now=timezone.now(), object_=f"{name}/{resource}"[:200])
    kind = "text/plain; charset=utf-8" if resource == "checkpoint" else "application/octet-stream"
    answer = HttpResponse(found, content_type=kind)
    answer["Cache-Control"] = "no-store"
    return answer
