"""The proposal page: everything a reviewer decides on, from the stored revision and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_UP, Decimal
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse

from clients import access as record
from clients import figures
from clients.models import Household
from compliance.models import (
    Approval,
    Consent,
    Review,
)
from compliance.people.roles import Role
from compliance.refusals import Cause
from compliance.review_desk import consents, objections
from rebalancing import access, forms
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Binding, CashStep, Plan, Slack
from rebalancing.models import OrderBatch, Proposal, Revision
from rebalancing.pages import (
    proposal_changes,
    proposal_evidence,
    proposal_talk,
    proposal_trades,
    proposal_ways,
)
from rebalancing.pages.proposal_changes import Changes
from rebalancing.pages.proposal_evidence import Allocation, Checks, KeyFigure, TaxRow, TermRow
from rebalancing.pages.proposal_talk import Asked, Event, Thread
from rebalancing.pages.proposal_trades import AccountTrades, SkippedRow
from rebalancing.pages.proposal_ways import WayRow
from rebalancing.proposals import revisions, staleness


@dataclass(frozen=True, slots=True)
class RevisionLink:
    number: int
    url: str
    made_at: datetime
    is_here: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody did that shaped the revision; `done_at` for a fact that was entered before it."""

    who: str
    did: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One revision of a proposal. What may be done with it is decided by the sentences, not by the template."""

    proposal: Proposal
    revision: Revision
    review: Review
    household_name: str
    household_url: str
    policy_url: str
    policy_label: str
    heading: str
    lead: str
    makers: str
    deeds: tuple[Deed, ...]
    is_current: bool
    is_open: bool
    read_only: str
    revisions: tuple[RevisionLink, ...]
    figures: tuple[KeyFigure, ...]
    allocations: tuple[Allocation, ...]
    gap: str
    terms: tuple[TermRow, ...]
    ways: tuple[WayRow, ...]
    taxes: tuple[TaxRow, ...]
    taxes_leave_out: str
    accounts: tuple[AccountTrades, ...]
    orders_count: int
    skipped: tuple[SkippedRow, ...]
    skipped_more: tuple[SkippedRow, ...]
    binding: tuple[Binding, ...]
    slack: tuple[Slack, ...]
    warnings: tuple[str, ...]
    cash: tuple[tuple[str, tuple[CashStep, ...]], ...]
    triggers: tuple[str, ...]
    checks: Checks
    moved: tuple[Cause, ...]
    changes: Changes | None
    asked: tuple[Asked, ...]
    threads: tuple[Thread, ...]
    consent_required: bool
    consents: tuple[Consent, ...]
    approval: Approval | None
    approval_url: str
    batch: OrderBatch | None
    release_url: str
    events: tuple[Event, ...]
    versions: tuple[tuple[str, str], ...]
    household_json_url: str
    plan_json_url: str
    refusal_to_decide: str
    refusal_to_approve: str
    decision_form: forms.Decision
    reply_form: forms.Reply
    override_form: forms.Override
    consent_form: forms.Consent | None
    withdraw_form: forms.Reason | None
    revise_form: forms.Revise | None
    errors: tuple[Any, ...] = field(default=())

    @property
    def is_stale(self) -> bool:
        return bool(self.moved)

    @property
    def blockers_count(self) -> int:
        """What would have to be settled before anybody can approve."""
        return len(self.checks.open) + len(self.asked)


def show(
    user: Any,
    proposal: Proposal,
    revision: Revision,
    *,
    at: datetime,
    decision: forms.Decision | None = None,
    consent: forms.Consent | None = None,
    withdraw: forms.Reason | None = None,
    revise: forms.Revise | None = None,
    other: Any = None,
) -> ProposalPage:
    """The page for one person. Forms that came back with errors are handed in and shown instead of fresh ones."""
    review = revision.review
    assert review is not None, "a stored revision always has its review"
    prefetch_related_objects([review], "makers__person")
    plan, shown = revisions.plan_of(revision), revisions.household_of(revision)
    numbers = list(proposal.revisions.order_by("-number").values_list("number", "created_at", "fingerprint"))
    is_current = revision.number == numbers[0][0]
    is_open = is_current and proposal.state in Proposal.OPEN_STATES
    household, policy = proposal.household, revision.policy
    names = {account.id: account.name for account in shown.accounts}
    approval = Approval.objects.filter(review=review).first()
    given = tuple(consents.standing(review, at=at))
    returned = tuple(form for form in (decision, consent, withdraw, revise, other) if form is not None)
    moved = staleness.causes(revision, at=at)[1] if is_open else ()
    skipped, skipped_more = proposal_trades.told_first(proposal_trades.skipped(plan, shown))
    return ProposalPage(
        proposal=proposal,
        revision=revision,
        review=review,
        household_name=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        policy_url=reverse("clients:policy", args=[policy.public_id]),
        policy_label=f"IPS {policy.version}",
        heading=proposal_evidence.heading(household.name, plan),
        lead=_lead(plan),
        makers=_makers(review),
        deeds=_deeds(review),
        is_current=is_current,
        is_open=is_open,
        read_only=_read_only(proposal, review, number=revision.number, newest=numbers[0][0]),
        revisions=_revision_links(proposal, numbers, revision.number),
        figures=proposal_evidence.key_figures(plan, shown),
        allocations=proposal_evidence.allocations(plan, shown),
        gap=proposal_evidence.gap_sentence(plan),
        terms=proposal_evidence.terms(plan),
        ways=proposal_ways.ways(revision, plan),
        taxes=proposal_evidence.taxes(plan, shown),
        taxes_leave_out=proposal_evidence.left_out(plan),
        accounts=proposal_trades.by_account(revision, plan),
        orders_count=len(plan.orders),
        skipped=skipped,
        skipped_more=skipped_more,
        binding=plan.binding,
        slack=plan.slack,
        warnings=plan.warnings,
        cash=_cash(plan, shown),
        triggers=tuple(one["sentence"] for one in revision.triggers),
        checks=proposal_evidence.checks(user, review, names=names, url_args=[proposal.public_id], at=at),
        moved=moved,
        changes=proposal_changes.since_previous(proposal, revision, plan, shown),
        asked=proposal_talk.asked(user, proposal, review),
        threads=proposal_talk.threads(proposal, review, is_open=is_open),
        consent_required=review.consent_required,
        consents=given,
        approval=approval,
        approval_url=reverse("rebalancing:approval", args=[approval.public_id]) if approval else "",
        batch=OrderBatch.objects.filter(revision=revision).first(),
        release_url=_release_url(user, proposal) if is_current else "",
        events=proposal_talk.events(proposal),
        versions=_versions(revision, plan),
        household_json_url=_document_url(proposal, revision, "household"),
        plan_json_url=_document_url(proposal, revision, "plan"),
        refusal_to_decide=objections.refusal_to_decide(user, review, at=at) or "",
        refusal_to_approve=objections.refusal_to_approve(user, review, at=at) or "",
        decision_form=decision or forms.Decision(initial={"seen": revision.fingerprint}),
        reply_form=forms.Reply(),
        override_form=forms.Override(initial={"seen": revision.fingerprint}),
        consent_form=consent or _consent_form(user, revision, review, given=given, is_open=is_open),
        withdraw_form=withdraw
        or (forms.Reason(prefix="withdraw") if may_withdraw(user, review, approval, household) else None),
        revise_form=revise or _revise_form(user, proposal, plan, shown, is_current=is_current),
        errors=returned,
    )


def may_withdraw(user: Any, review: Review, approval: Approval | None, household: Household) -> bool:
    """Whether the withdrawal form is shown; the verb decides again."""
    if review.used_at is not None or (review.settled_at is not None and approval is None):
        return False
    made_it = review.makers.filter(person_id=user.pk, done_at=None).exists()
    approved_it = approval is not None and approval.approved_by_id == user.pk
    stands = review.is_active or (approval is not None and review.state == "approved")
    return stands and (
        made_it or approved_it or user.has_role(Role.COMPLIANCE) or record.advises(user, household)
    )


def places(plan: Plan, shown: document.Household) -> list[tuple[str, str]]:
    """What an advisor can ask to leave alone: each account that trades, and each security in it."""
    names = {account.id: account.name for account in shown.accounts}
    found: dict[str, str] = {}
    for order in plan.orders:
        found.setdefault(order.account, f"all of {names[order.account]}")
        found[f"{order.account}/{order.security}"] = f"{order.security} in {names[order.account]}"
    return sorted(found.items(), key=lambda place: place[0])


def people_of(proposal: Proposal) -> list[str]:
    """Who may agree for the household: its adults."""
    return [
        str(person) for person in proposal.household.people.exclude(part="child").filter(deceased_on=None)
    ]


def _lead(plan: Plan) -> str:
    worst = [veto for veto in plan.veto if veto.drift > 0]
    out = sum(1 for one in plan.after.classes if one.out_of_band)
    if out:
        return f"{out} class{'' if out == 1 else 'es'} stay{'s' if out == 1 else ''} outside; the reasons stand below."
    return "Every order below says why it is there and what leaving it out would cost." if worst else ""


def _makers(review: Review) -> str:
    people = [maker.person.get_full_name() for maker in review.makers.all() if maker.done_at is None]
    return ", ".join(dict.fromkeys(people)) or f"the {review.requested_by_label}"


def _deeds(review: Review) -> tuple[Deed, ...]:
    """Who shaped it and how, the facts entered before it last."""
    rows = sorted(review.makers.all(), key=lambda one: (one.done_at is not None, one.done_at or 0, one.pk))
    return tuple(Deed(one.person.get_full_name(), one.did, one.done_at) for one in rows)


def _release_url(user: Any, proposal: Proposal) -> str:
    if proposal.state != Proposal.State.APPROVED or access.refusal_to_release(user):
        return ""
    return reverse("rebalancing:release", args=[proposal.public_id])


def _read_only(proposal: Proposal, review: Review, *, number: int, newest: int) -> str:
    if number != newest:
        return f"This is revision {number}. Revision {newest} counts now; nothing can be decided here."
    if proposal.state in Proposal.OPEN_STATES:
        return ""
    state = proposal.get_state_display().lower()
    who = f" by {review.settled_by_label}" if review.settled_by_label else ""
    return (
        f"This proposal was {state}{who} on {figures.moment(proposal.closed_at)}. It is kept as it was shown."
    )


def _revision_links(
    proposal: Proposal, numbers: Sequence[tuple[int, datetime, str]], here: int
) -> tuple[RevisionLink, ...]:
    return tuple(
        RevisionLink(
            number=number,
            url=reverse("rebalancing:revision", args=[proposal.public_id, number]),
            made_at=made_at,
            is_here=number == here,
        )
        for number, made_at, _ in numbers
    )


def _cash(plan: Plan, shown: document.Household) -> tuple[tuple[str, tuple[CashStep, ...]], ...]:
    traded = {order.account for order in plan.orders}
    return tuple(
        (account.name, tuple(step for step in plan.cash if step.account == account.id))
        for account in shown.accounts
        if account.id in traded
    )


def _versions(revision: Revision, plan: Plan) -> tuple[tuple[str, str], ...]:
    return (
        ("Fingerprint", revision.fingerprint),
        ("Input document", revision.input_digest),
        ("Plan document", revision.plan_digest),
        ("Verifier's signature", revision.verifier_signature),
        ("Engine", plan.versions.engine),
        ("Solver", plan.versions.solver),
        ("Tax tables", plan.versions.tax_tables),
    )


def _document_url(proposal: Proposal, revision: Revision, name: str) -> str:
    return reverse("rebalancing:revision_document", args=[proposal.public_id, revision.number, name])


def _consent_form(
    user: Any, revision: Revision, review: Review, *, given: Sequence[Consent], is_open: bool
) -> forms.Consent | None:
    may = user.has_role(Role.ADVISOR) or user.has_role(Role.COMPLIANCE)
    if not (is_open and review.is_active and review.consent_required and not given and may):
        return None
    return forms.Consent(
        initial={"seen": revision.fingerprint}, people=people_of(revision.proposal), prefix="consent"
    )


def _revise_form(
    user: Any, proposal: Proposal, plan: Plan, shown: document.Household, *, is_current: bool
) -> forms.Revise | None:
    can_be = proposal.state in {Proposal.State.IN_REVIEW, Proposal.State.RETURNED}
    if not (is_current and can_be and user.has_role(Role.ADVISOR)):
        return None
    drift = (plan.after.drift * 100).quantize(Decimal("0.1"), rounding=ROUND_UP)
    return forms.Revise(initial={"drift_points": drift}, places=places(plan, shown), prefix="revise")
