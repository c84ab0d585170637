"""The books and records of one access as a bundle (Rule 204-2): trail, proposals with their documents, approvals, orders, fills,
trades, letters, policies and settings in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from clients.models import Household, Policy, Transaction
from clients.policies import policies
from compliance import access as desk
from compliance.digests import canonical
from compliance.lists import bundles, trail_bundles
from compliance.lists.bundles import Bundle
from compliance.lists.cells import Cell
from compliance.models import (
    ChangeRequest,
    Comment,
    Consent,
    Decision,
    ExaminerAccess,
    FindingRow,
    Override,
    SettingVersion,
)
from compliance.people.actors import Actor
from rebalancing.models import (
    AllocationPart,
    ClientSummary,
    ExecutedLot,
    Fill,
    Letter,
    Order,
    Proposal,
    ProposedOrder,
    Revision,
)
from rebalancing.pages.explained.afterwards import letter_name

CHUNK = 200
"""Rows with documents that are in memory at once."""


def take(access: ExaminerAccess, *, by: Actor, at: datetime) -> Bundle:
    """The bundle, with its line on the trail."""
    bundle = Bundle(at=at)
    count = 0
    for name, header, rows in _tables(access):
        count += bundle.add_rows(name, header, rows)
    revisions = Revision.objects.filter(proposal__in=_proposals(access)).select_related("proposal")
    for one in revisions.order_by("pk").iterator(chunk_size=CHUNK):
        bundle.add(_document(one, "household"), one.household_document.encode())
        bundle.add(_document(one, "plan"), one.plan_document.encode())
    for letter in _letters(access).iterator(chunk_size=CHUNK):
        bundle.add(letter_name(letter), bytes(letter.pdf))
    for policy in _policies(access).iterator(chunk_size=CHUNK):
        bundle.add(f"policy-{policy.public_id}.json", f"{canonical.text(policies.shown(policy))}\n".encode())
    trail = trail_bundles.add_trail(bundle, desk.events_within(access), is_whole=False)
    about, filters = ("examineraccess", access.public_id), _filters(access)
    bundle.close(bundles.asking(about, filters, by=by, at=at), trail=trail)
    count += int(str(trail["events"]))
    bundles.record(bundle, about, rows=count, filters=filters, household=access.household_ref, by=by, at=at)
    return bundle


def _filters(access: ExaminerAccess) -> str:
    parts = {"household": access.household_ref, "since": access.since_on, "until": access.until_on}
    return "&".join(f"{name}={value}" for name, value in parts.items() if value)


def _tables(access: ExaminerAccess) -> Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]]:
    proposals = _proposals(access)
    revisions = Revision.objects.filter(proposal__in=proposals)
    reviews = {"review__revision__in": revisions}
    orders = Order.objects.filter(batch__revision__in=revisions)
    summaries = ClientSummary.objects.filter(revision__in=revisions)
    yield _table(
        "proposals",
        proposals,
        *("public_id", "household__public_id", "household__name", "state", "drafted_at", "drafted_by__name"),
        "closed_at",
    )
    yield _table(
        "revisions",
        revisions,
        *("proposal__public_id", "number", "policy__public_id", "created_at", "prices_as_of_on", "trade_on"),
        *("fingerprint", "input_digest", "plan_digest", "engine_version", "verifier_signature"),
    )
    yield _table(
        "proposed_orders",
        ProposedOrder.objects.filter(revision__in=revisions),
        *("revision__proposal__public_id", "revision__number", "position", "account__public_id"),
        *("security__symbol", "side", "quantity", "price", "amount", "reason_code", "reason"),
    )
    yield _table(
        "decisions",
        Decision.objects.filter(**reviews),
        *("review__subject_id", "review__subject_revision", "verdict", "decided_by_label", "roles"),
        *("decided_at", "mfa_method", "fingerprint", "text", "acknowledged", "request_id"),
        *("approval__public_id", "approval__expires_at"),
    )
    yield _table(
        "consents",
        Consent.objects.filter(**reviews),
        *("review__subject_id", "review__subject_revision", "given_by", "given_at", "channel", "evidence"),
        *("recorded_by_label", "recorded_at", "fingerprint"),
    )
    yield _table(
        "checks",
        FindingRow.objects.filter(examination__review__revision__in=revisions),
        *("examination__review__subject_id", "examination__review__subject_revision"),
        *(
            "examination__public_id",
            "examination__examined_at",
            "rule",
            "rule_version",
            "severity",
            "sentence",
        ),
        *("inputs", "thresholds"),
    )
    yield _table(
        "overrides",
        Override.objects.filter(**reviews),
        *("review__subject_id", "review__subject_revision", "finding__rule", "approver_label", "roles"),
        *("reason", "text", "given_at", "expires_at", "fingerprint"),
    )
    yield _table(
        "comments",
        Comment.objects.filter(**reviews),
        *("review__subject_id", "review__subject_revision", "author_label", "written_at", "anchor_kind"),
        *("anchor_ref", "text", "resolved_at"),
    )
    yield _table(
        "change_requests",
        ChangeRequest.objects.filter(**reviews),
        *("review__subject_id", "review__subject_revision", "asked_by_label", "asked_at", "text"),
        *("lifted_at", "lifted_how", "lifted_reason"),
    )
    yield _table(
        "orders",
        orders,
        *("reference", "batch__public_id", "batch__revision__proposal__public_id", "account__public_id"),
        *("account__custodian", "security__symbol", "side", "quantity", "order_type", "limit_price"),
        *("time_in_force", "batch__released_at", "recommended_by", "placed_by__name", "is_discretionary"),
        *("state", "filled_quantity", "average_price", "fees", "ended_at", "end_reason"),
    )
    yield _table(
        "fills",
        Fill.objects.filter(
            Q(order__in=orders) | Q(order=None, block__in=orders.exclude(block=None).values("block"))
        ),
        *("public_id", "broker", "exec_id", "kind", "block__reference", "order__reference", "symbol", "side"),
        *("quantity", "price", "corrects", "trade_on", "transacted_at", "received_at", "text"),
    )
    yield _table(
        "allocations",
        AllocationPart.objects.filter(order__in=orders),
        *("allocation__public_id", "allocation__number", "order__reference", "quantity", "amount", "cost"),
        *("allocation__reason", "allocation__made_at"),
    )
    yield _table(
        "lots_sold",
        ExecutedLot.objects.filter(order__in=orders),
        *("order__reference", "lot__key", "traded_on", "quantity", "proceeds", "basis", "disallowed", "term"),
        *("entered_at", "reverses"),
    )
    yield _table(
        "trades",
        _trades(access),
        *("account__public_id", "security__symbol", "kind", "traded_on", "settles_on", "quantity", "price"),
        *("amount", "fees"),
    )
    yield _table(
        "summaries",
        summaries,
        *("public_id", "revision__proposal__public_id", "number", "stage", "published_at", "digest"),
        *("letter__sha256", "letter__rendered_at", "difference", "content"),
    )
    yield _table(
        "policies",
        _policies(access),
        *("public_id", "household__public_id", "version", "state", "effective_on", "adopted_at"),
        *("superseded_at", "signed_by_client_on", "signed_by_advisor_on", "fingerprint"),
    )
    yield _table(
        "settings",
        SettingVersion.objects.all(),
        *("public_id", "number", "group", "changes", "effective_on", "reason", "asked_by_label"),
        *("approved_by_label", "approved_at"),
    )


def _table(
    name: str, rows: QuerySet[Any], *columns: str
) -> tuple[str, Sequence[str], Iterable[Sequence[Cell]]]:
    header = [column.replace("__", "_") for column in columns]
    found = rows.order_by("pk").values_list(*columns)
    return name, header, found.iterator(chunk_size=2_000)


def _households(access: ExaminerAccess) -> QuerySet[Household]:
    if not access.household_ref:
        return Household.objects.all()
    found: QuerySet[Household] = Household.objects.with_merged(Q(public_id=access.household_ref))
    return found


def _proposals(access: ExaminerAccess) -> QuerySet[Proposal]:
    """Those of its clients that were drafted or decided in its period."""
    return Proposal.objects.filter(
        Q(**desk.within_period(access, "drafted_at"))
        | Q(**desk.within_period(access, "revisions__review__decisions__decided_at")),
        household__in=_households(access),
    ).distinct()


def _trades(access: ExaminerAccess) -> QuerySet[Transaction]:
    found = Transaction.objects.filter(account__household__in=_households(access))
    if access.since_on:
        found = found.filter(traded_on__gte=access.since_on)
    return found.filter(traded_on__lte=access.until_on) if access.until_on else found


def _letters(access: ExaminerAccess) -> QuerySet[Letter]:
    proposals = _proposals(access)
    found = Letter.objects.filter(summary__revision__proposal__in=proposals).select_related("summary")
    return found.order_by("pk")


def _policies(access: ExaminerAccess) -> QuerySet[Policy]:
    """The policies that were in force at some time of its period."""
    found = Policy.objects.filter(household__in=_households(access), state__in=Policy.SETTLED)
    if access.since_on:
        found = found.filter(Q(superseded_at=None) | Q(superseded_at__gte=desk.first_moment(access.since_on)))
    if access.until_on:
        found = found.filter(effective_on__lte=access.until_on)
    return found.select_related("household", "model__model").order_by("pk")


def _document(revision: Revision, name: str) -> str:
    return f"{revision.proposal.public_id}-{revision.number}-{name}.json"
