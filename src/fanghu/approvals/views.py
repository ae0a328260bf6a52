"""Pages of approvals: what waits, what each would change, and the decision."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from fanghu.approvals import actions, reading
from fanghu.approvals.approvable import approvables
from fanghu.approvals.deciders import all_deciders, behind_account
from fanghu.approvals.forms import DecisionForm
from fanghu.approvals.models import Approval
from fanghu.approvals.refusals import REFUSALS, fault
from fanghu.approvals.rules import Decider, rule_on
from fanghu.shell.access import asks, doer_of
from fanghu.shell.rights import Right

PAGE = 50
FLAGS = {
    "made_by_asker": gettext_lazy(
        "The decider's account was created, or its sign-in reset, by the person who asked or one who could act for them; "
        "no third person could decide."
    ),
    "made_asker": gettext_lazy(
        "The account that asked was created, or its sign-in reset, by the person who decides or one who could act for them."
    ),
    "recovered": gettext_lazy("The decider's sign-in was recovered on the machine within the last 30 days."),
}
SHOWN_ROWS = 200


@require_safe
@asks(Right.BOARD_VIEW)
def listing(request: HttpRequest) -> HttpResponse:
    """Waiting requests with what each would change, then the decided ones."""
    waiting = [
        {"approval": approval, "label": _label(approval), "rows": _rows(approval)[:3]}
        for approval in reading.pending().select_related("asked_by_person")[:PAGE]
    ]
    decided = Approval.objects.exclude(state=Approval.State.PENDING).select_related(
        "asked_by_person", "decided_by_person"
    )
    page = Paginator(decided.order_by("-decided_at"), PAGE).get_page(request.GET.get("page"))
    context = {
        "waiting": waiting,
        "decided": page,
        "second_person": reading.second_person_exists(),
    }
    return render(request, "approvals/listing.html", context)


@asks(Right.BOARD_VIEW)
def sheet(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """One request: before and after; the decision form for those who may decide it."""
    approval = Approval.objects.select_related("asked_by_person", "decided_by_person").filter(pk=approval_id).first()
    if approval is None:
        raise fault("FH-APR-01")
    now = timezone.now()
    form = DecisionForm(request.POST or None, initial={"shown": approval.content_hash})
    if request.method == "POST" and form.is_valid():
        decided = actions.decide(
            approval_id,
            form.cleaned_data["decision"] == "approve",
            form.cleaned_data["note"],
            by=doer_of(request),
            now=now,
            shown_hash=form.cleaned_data["shown"],
        )
        _tell(request, decided)
        return redirect("approval", approval_id)
    rows = _rows(approval)
    shown = len(rows) if "all" in request.GET or request.method == "POST" else SHOWN_ROWS
    waiting = approval.state == Approval.State.PENDING
    person = getattr(request.user, "person_id", None)
    ruling = rule_on(
        str(approval.asked_by_person_id or ""),
        (others := all_deciders(now)).pop(str(request.user.pk), Decider(str(person or ""), False)),
        others.values(),
        behind_asker=behind_account(approval.asked_by_id),
    )
    context = {
        "approval": approval,
        "label": _label(approval),
        "rows": rows[:shown],
        "more": max(0, len(rows) - shown),
        "form": form,
        "waiting": waiting,
        "may_decide": waiting and ruling.refusal is None,
        "flag": FLAGS.get(ruling.flag, ""),
        "flagged": FLAGS.get(approval.flag, ""),
        "why_not": fault(REFUSALS[ruling.refusal]) if waiting and ruling.refusal else None,
        "mine": person is not None and person == approval.asked_by_person_id,
        "adoptable": approval.asked_by_person_id is None and person is not None,
        "changed_since": waiting and approvables()[approval.kind].current_hash(approval) != approval.content_hash,
    }
    return render(request, "approvals/sheet.html", context, status=400 if form.errors else 200)


@require_POST
@asks(Right.BOARD_VIEW)
def withdraw(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Take one's own request back."""
    actions.withdraw(approval_id, by=doer_of(request), now=timezone.now())
    messages.success(request, _("The request is withdrawn."))
    return redirect("approvals")


@require_POST
@asks(Right.REGISTER_CHANGE)
def adopt(request: HttpRequest, approval_id: UUID) -> HttpResponse:
    """Ask in one's own name for what was asked on the machine."""
    actions.adopt(approval_id, by=doer_of(request), now=timezone.now())
    messages.success(request, _("The request now stands in your name; another person must decide it."))
    return redirect("approval", approval_id)


def _label(approval: Approval) -> str:
    deed = approvables().get(approval.kind)
    return str(deed.label) if deed else approval.kind


def _rows(approval: Approval) -> list[tuple[str, str, str]]:
    deed = approvables().get(approval.kind)
    return deed.rows(approval.payload) if deed else []


def _tell(request: HttpRequest, approval: Approval) -> None:
    if approval.state == Approval.State.APPROVED:
        messages.success(request, _("Approved and carried out."))
    elif approval.state == Approval.State.REFUSED:
        messages.success(request, _("Refused; nothing was changed."))
    else:
        messages.warning(request, _("What was asked has changed since, so the request lapsed; it must be asked again."))
