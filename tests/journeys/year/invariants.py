"""What is true of the record after every chapter of the year."""

from __future__ import annotations

import json
from decimal import Decimal as D

from django.contrib.auth import get_user_model
from django.db.models import Q

from advisory.models import Invitation
from clients.models import (
    Account,
    AccountBinding,
    BookEntry,
    CashFlow,
    CashFlowRule,
    Coverage,
    CustodianFile,
    Hold,
    Household,
    LifeEvent,
    ModelVersion,
    Person,
    Policy,
    Workbook,
)
from compliance.audit_trail import audit
from compliance.models import Review
from rebalancing.models import ImpactRun, OrderBatch, Proposal, Reading, ScanItem, ScanRun
from rebalancing.promises import facts
from tests.journeys.year.firm import Firm


def hold(firm: Firm) -> None:
    """Everything below, each with what is wrong where it is not true."""
    measured_or_named(firm)
    no_zombies(firm)
    nothing_is_left_to_who_left(firm)
    closed_is_closed(firm)
    two_people_for_every_order()
    money_is_conserved(firm)
    assert audit.verify().is_intact
    assert all(sentence.strip() for sentence in firm.told)


def measured_or_named(firm: Firm) -> None:
    """Each open household was measured on the last scan day, or it is named with a reason everywhere."""
    run = ScanRun.objects.filter(state="completed").order_by("pk").last()
    assert run is not None
    open_now = set(
        Household.objects.filter(closed_on=None, opened_on__lte=run.market_on).values_list("code", flat=True)
    )
    readings = {one.household.code: one for one in run.readings.select_related("household")}
    assert open_now <= set(readings), f"never scanned: {open_now - set(readings)}"
    assert not ScanItem.objects.filter(state="failed").exists()
    unmeasured = {code for code, one in readings.items() if code in open_now and one.value is None}
    listed = {row["code"]: row for row in firm.browser("Cora").get("/api/v1/readiness/").json()["results"]}
    for code in unmeasured:
        assert readings[code].reason, f"{code} was not measured, and nobody says why"
        assert listed[code]["standing"] == "measuring", f"{code} is not named as unmeasured"
    assert open_now <= set(listed), f"not on the list of readiness: {open_now - set(listed)}"
    for code in open_now - unmeasured:
        reading = readings[code]
        if reading.outcome in {"data", "impossible", "held", "failed"}:
            assert reading.reason, f"{code} was not traded, and nobody says why"
            assert listed[code]["reasons"] or reading.holds, (code, reading.reason)
    broken = {one.promise.label for one in facts.broken(firm.person("Cora"), at=firm.now)}
    assert broken <= firm.excused, [one.sentence for one in facts.broken(firm.person("Cora"), at=firm.now)]


def no_zombies(firm: Firm) -> None:
    """Nothing is open past its end."""
    now, today = firm.now, firm.today
    found = {
        "proposals": Proposal.objects.filter(
            state__in=Proposal.OPEN_STATES, revisions__review__state__in=("expired", "rejected", "withdrawn", "superseded")
        ).exclude(revisions__review__state__in=("open", "returned", "approved")),
        "reviews": Review.objects.filter(state__in=("open", "returned"), expires_at__lte=now),
        "approvals that nobody can use": Review.objects.filter(state="approved", used_at=None, expires_at__lte=now),
        "runs": ScanRun.objects.filter(state="running"),
        "items": ScanItem.objects.filter(state__in=("waiting", "leased")),
        "previews of models": ImpactRun.objects.filter(state="running"),
        "files": CustodianFile.objects.filter(state="previewed"),
        "workbooks": Workbook.objects.exclude(state__in=("loaded", "discarded", "refused")),
        "invitations": Invitation.objects.filter(ended_at=None, expires_at__lte=now),
        "holds without their end on the trail": Hold.objects.filter(lifted_at=None, expired_at=None, expires_on__lt=today),
        "cash needs": CashFlow.objects.filter(done_on=None, cancelled_at=None, due_on__lt=today),
        "cash needs of ended rules": CashFlow.objects.filter(
            done_on=None, cancelled_at=None, rule__ended_at__isnull=False, due_on__gte=today
        ),
        "coverage": Coverage.objects.filter(ended_at=None, ends_on__lt=today, away__is_active=False),
        "policies in review without a review": Policy.objects.filter(state="review").exclude(
            public_id__in=Review.objects.filter(state__in=("open", "returned")).values("subject_id")
        ),
        "policies to be signed without an approval": Policy.objects.filter(state="approved").exclude(
            public_id__in=Review.objects.filter(state="approved", used_at=None).values("subject_id")
        ),
        "drafts of models past their day": ModelVersion.objects.filter(state="draft", effective_on__lt=today),
    }  # fmt: skip
    left = {what: [str(one) for one in some] for what, some in found.items() if some.exists()}
    assert not left, left


def nothing_is_left_to_who_left(firm: Firm) -> None:
    """Who was deactivated has no book, no coverage, no role, no invitation and no request that only they could answer."""
    gone = get_user_model()._default_manager.filter(deactivated_at__isnull=False)
    today = firm.today
    found = {
        "books": BookEntry.objects.filter(Q(ends_on=None) | Q(ends_on__gte=today), user__in=gone),
        "coverage": Coverage.objects.filter(
            Q(away__in=gone) | Q(covered_by__in=gone), ended_at=None, ends_on__gte=today
        ),
        "invitations": Invitation.objects.filter(user__in=gone, ended_at=None),
        "sign-ins": Person.objects.filter(user__in=gone).exclude(may_see="nothing"),
        "requests": Review.objects.filter(
            state__in=("open", "returned"), requested_by__in=gone, household_ref=""
        ),
    }
    left = {what: [str(one) for one in some] for what, some in found.items() if some.exists()}
    assert not left, left
    assert not [one for one in gone if one.role_names]
    for household in Household.objects.filter(closed_on=None):
        parts = set(household.book_entries.on(today).values_list("part", flat=True))
        assert parts >= {"advisor", "reviewer"}, (
            f"{household} has nobody as { ({'advisor', 'reviewer'} - parts) }"
        )
        writers = {entry.user_id for entry in household.book_entries.on(today).filter(part="advisor")}
        assert writers - {one.pk for one in gone}


def closed_is_closed(firm: Firm) -> None:
    """A closed account or household, and a person who died or left, stands in nothing that is still to come."""
    closed = Account.objects.filter(closed_on__lte=firm.today)
    gone = Household.objects.filter(closed_on__lte=firm.today)
    found = {
        "needs": CashFlow.objects.filter(account__in=closed, done_on=None, cancelled_at=None),
        "rules": CashFlowRule.objects.filter(account__in=closed, ended_at=None),
        "bindings": AccountBinding.objects.filter(account__in=closed, ended_at=None),
        "open accounts of closed households": Account.objects.filter(household__in=gone, closed_on=None),
        "proposals": Proposal.objects.filter(household__in=gone, state__in=Proposal.OPEN_STATES),
        "books": BookEntry.objects.filter(Q(ends_on=None) | Q(ends_on__gte=firm.today), household__in=gone),
        "sights": Person.objects.filter(Q(deceased_on__isnull=False) | Q(left_on__isnull=False)).exclude(
            may_see="nothing"
        ),
        "sign-ins of the dead": Person.objects.filter(deceased_on__isnull=False, user__is_active=True),
        "spouses": Person.objects.filter(deceased_on__isnull=False, spouse__isnull=False),
    }
    left = {what: [str(one) for one in some] for what, some in found.items() if some.exists()}
    assert not left, left
    names = set(closed.values_list("public_id", flat=True))
    for proposal in Proposal.objects.filter(state__in=Proposal.OPEN_STATES):
        document = json.loads(proposal.revisions.latest("number").household_document)
        assert not names & {one["id"] for one in document["accounts"]}, (
            f"{proposal} plans for a closed account"
        )
    for event in LifeEvent.objects.filter(resolved_on=None, cancelled_at=None):
        assert event.household.closed_on is None, f"{event} is open in a closed household"
    last = Reading.objects.order_by("-pk").first()
    assert last is not None
    assert not last.run.readings.filter(household__in=gone.filter(closed_on__lt=last.run.market_on)).exists()


def two_people_for_every_order() -> None:
    """Each released order was approved by somebody who made nothing in it, and released by a third person."""
    for batch in OrderBatch.objects.select_related("approval__review", "released_by"):
        makers = set(batch.approval.review.makers.values_list("person_id", flat=True))
        assert batch.approval.approved_by_id not in makers, batch
        assert batch.released_by_id != batch.approval.approved_by_id, batch


def money_is_conserved(firm: Firm) -> None:
    """What the record says each open account holds is what its custodian says, to the share and to the cent."""
    on_record = {one.number: one for one in Account.objects.filter(closed_on=None)}
    books = firm.custodians.books
    assert set(on_record) == set(books), set(on_record) ^ set(books)
    run = ScanRun.objects.filter(state="completed").order_by("pk").last()
    assert run is not None
    total: dict[str, D] = {}
    for number, account in on_record.items():
        book = books[number]
        cash = account.cash.settled + account.cash.unsettled
        lots = sorted(
            (lot.security.symbol, lot.acquired_on, lot.quantity)
            for lot in account.lots.filter(closed_on=None)
        )
        assert cash == book.cash, (str(account), cash, book.cash)
        assert lots == sorted((lot.symbol, lot.acquired, lot.quantity) for lot in book.lots), str(account)
        worth = cash + sum(
            (firm.custodians.market.price(symbol, run.market_on) * count for symbol, _, count in lots), D(0)
        )
        total[account.household.code] = total.get(account.household.code, D(0)) + worth
    for reading in run.readings.exclude(value=None).select_related("household"):
        code = reading.household.code
        assert abs(reading.value - total[code]) < D("0.05"), (code, reading.value, total[code])
