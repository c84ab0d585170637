"""Checks that a revision's rows still match its documents, so that what is sent is what was reviewed.

A fingerprint covers the digests of the two documents; orders are made from rows. So both digests are computed
again from the stored bytes, and every order and lot row is compared with the plan document. Approval and
release refuse on any difference, and `verify_audit` makes the same check for every revision. See
docs/adr/0006-rows-bound-to-documents.md.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from clients.encryption import CannotDecrypt
from clients.models import Account
from clients.sealed import UNREADABLE
from clients.securities import names
from compliance.audit_trail import audit
from compliance.models import Review
from compliance.models.reviews import State as ReviewState
from compliance.refusals import Blocked, Cause
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Order, Plan
from rebalancing.models import (
    BatchFile,
    Block,
    FrontierPlan,
    OrderBatch,
    Proposal,
    ProposedLot,
    ProposedOrder,
    Revision,
)
from rebalancing.models import Order as SentOrder
from rebalancing.proposals import ends, revisions

Row = Mapping[str, object]
Key = TypeVar("Key", int, str)
ZERO = Decimal(0)

STANDS_WITH = {
    Proposal.State.IN_REVIEW: {ReviewState.OPEN},
    Proposal.State.RETURNED: {ReviewState.RETURNED},
    Proposal.State.APPROVED: {ReviewState.APPROVED},
    **{key: {ReviewState.APPROVED} for key in Proposal.SENT_STATES},
    Proposal.State.REJECTED: {ReviewState.REJECTED},
    Proposal.State.WITHDRAWN: {ReviewState.WITHDRAWN},
    Proposal.State.EXPIRED: {ReviewState.EXPIRED},
}
"""The review states that match each state of a proposal."""


def refuse_if_changed(revision: Revision) -> None:
    """Raise `Blocked` with every difference unless rows, documents and trail still agree.

    Called with the review's row locked, in the transaction that approves or releases. The rows are read
    again, because the caller's copies may be older than its lock.
    """
    stored = Revision.objects.select_related("proposal__household", "policy__model__model", "review").get(
        pk=revision.pk
    )
    found = [
        *differences(stored),
        *(
            Cause(input=fault.thing, shown=fault.recorded, now=fault.stands)
            for fault in audit.differences(
                about=[stored.proposal, stored.review, stored.policy, stored.policy.model.model]
            )
        ),
    ]
    if found:
        raise Blocked(
            "What is stored differs from what was submitted for review.",
            "Change nothing and tell compliance: `verify_audit` names each difference. Then withdraw this proposal; the next scan makes a new one.",
            causes=found,
            kind="record-changed",
        )


def differences(revision: Revision) -> tuple[Cause, ...]:
    """Every difference between a stored revision and its documents; empty when they agree."""
    wrong = list(_digests(revision))
    if wrong:
        # A document that does not match its digest cannot be used to check the rows.
        return tuple(wrong)
    try:
        plan = parsing.read_plan(revision.plan_document)
        household = parsing.read_household(revision.household_document)
    except parsing.BadDocument as problem:
        return (Cause(input="documents", shown="readable", now=str(problem)[:200]),)
    return (
        *_revision(revision, household, plan),
        *_orders(revision, household, plan),
        *_lots(revision, plan),
    )


def faults() -> Iterator[audit.Fault]:
    """The differences of every revision, batch and proposal on record, as `verify_audit` prints them."""
    for revision in _all_revisions():
        for cause in differences(revision):
            yield audit.Fault(_named(revision, cause.input), cause.shown, cause.now)
    for batch in OrderBatch.objects.select_related("revision", "approval").iterator(chunk_size=200):
        yield from _batch(batch)
    yield from _frontier_plans()
    yield from _files()
    yield from _statements()
    yield from _states()


def _digests(revision: Revision) -> Iterator[Cause]:
    for name, document, recorded in (
        ("household document", revision.household_document, revision.input_digest),
        ("plan document", revision.plan_document, revision.plan_digest),
    ):
        if (now := hashlib.sha256(document.encode()).hexdigest()) != recorded:
            yield Cause(input=name, shown=f"digest {recorded[:12]}", now=f"digest {now[:12]}")
    if (now := revisions.fingerprint_of(revision)) != revision.fingerprint:
        yield Cause(input="fingerprint", shown=revision.fingerprint[:12], now=now[:12])
    if revision.review is not None and revision.review.fingerprint != revision.fingerprint:
        yield Cause(
            input="fingerprint", shown=revision.review.fingerprint[:12], now=revision.fingerprint[:12]
        )


def _revision(revision: Revision, household: Household, plan: Plan) -> Iterator[Cause]:
    told: tuple[tuple[str, object, object], ...] = (
        ("household", revision.proposal.household.public_id, household.id),
        ("input of the plan", plan.input_digest, revision.input_digest),
        ("trade day", household.trade_on, revision.trade_on),
        ("engine", plan.versions.engine, revision.engine_version),
    )
    for name, recorded, now in told:
        if recorded != now:
            yield Cause(input=name, shown=str(recorded), now=str(now))


def _orders(revision: Revision, household: Household, plan: Plan) -> Iterator[Cause]:
    rows = list(revision.orders.select_related("account", "security").defer("account__number"))
    planned = {position: _planned(order) for position, order in enumerate(plan.orders, start=1)}
    stored = {row.position: _stored(row) for row in rows}
    for row in rows:
        # The document has the symbol of its day.
        was = planned.get(row.position, {}).get("security")
        if was != row.security.symbol and was in names.former(row.security):
            stored[row.position] = {**stored[row.position], "security": was}
    yield from _compared("order", planned, stored)
    of_the_household = {account.id for account in household.accounts}
    is_open = revision.proposal.state in Proposal.OPEN_STATES
    for row in rows:
        # An account may have gone to another household since a proposal was settled: its document says whose it was.
        strange = is_open and row.account.household_id != revision.proposal.household_id
        if strange or row.account.public_id not in of_the_household:
            yield Cause(
                input=f"order {row.position}",
                shown=f"an account of {revision.proposal.household.public_id}",
                now=f"account {row.account.public_id} of another household",
            )


def _lots(revision: Revision, plan: Plan) -> Iterator[Cause]:
    taxed = set(
        Account.objects.filter(
            public_id__in={order.account for order in plan.orders},
            tax_treatment=Account.TaxTreatment.TAXABLE,
        ).values_list("public_id", flat=True)
    )
    planned: dict[str, Row] = {
        f"{position}, lot {use.lot}": {
            "quantity": use.shares,
            "basis": use.basis,
            "gain": use.gain,
            "disallowed": use.disallowed,
            "term": use.term.value if use.term and order.account in taxed else ProposedLot.Term.UNTAXED.value,
        }
        for position, order in enumerate(plan.orders, start=1)
        for use in order.lots
    }
    uses = ProposedLot.objects.filter(order__revision=revision).select_related("order", "lot")
    stored: dict[str, Row] = {
        f"{use.order.position}, lot {use.lot.public_id}": {
            "quantity": use.quantity,
            "basis": use.basis,
            "gain": use.gain,
            "disallowed": use.disallowed,
            "term": str(use.term),
        }
        for use in uses
    }
    yield from _compared("order", planned, stored)


def _planned(order: Order) -> Row:
    return {
        "account": order.account,
        "security": order.security,
        "side": order.side.value,
        "quantity": order.shares,
        "price": order.price,
        "amount": order.amount,
        "reason": order.reason.value,
        "explanation": order.explanation,
    }


def _stored(row: ProposedOrder) -> Row:
    return {
        "account": row.account.public_id,
        "security": row.security.symbol,
        "side": str(row.side),
        "quantity": row.quantity,
        "price": row.price,
        "amount": row.amount,
        "reason": row.reason_code,
        "explanation": row.reason,
    }


def _compared(what: str, recorded: Mapping[Key, Row], stands: Mapping[Key, Row]) -> Iterator[Cause]:
    for key in sorted(recorded.keys() | stands.keys(), key=str):
        name = f"{what} {key}"
        if key not in stands:
            yield Cause(input=name, shown=_told(recorded[key]), now="no such row")
        elif key not in recorded:
            yield Cause(input=name, shown="not in the plan", now=_told(stands[key]))
        else:
            for column, value in recorded[key].items():
                if value != stands[key][column]:
                    yield Cause(input=f"{name}, {column}", shown=_text(value), now=_text(stands[key][column]))


def _told(row: Row) -> str:
    parts = (row.get(name) for name in ("side", "quantity", "security", "account", "term"))
    return " ".join(_text(part) for part in parts if part is not None)


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "unknown" if value is None else str(value)[:80]


def _batch(batch: OrderBatch) -> Iterator[audit.Fault]:
    """Compares what was sent with what was proposed, and each file with its digest."""
    if not batch.fingerprint == batch.revision.fingerprint == batch.approval.fingerprint:
        yield audit.Fault(
            f"order batch {batch.public_id}, fingerprint",
            batch.approval.fingerprint[:12],
            batch.fingerprint[:12],
        )
    proposed = (
        batch.revision.orders.select_related("account", "security")
        .defer("account__number")
        .prefetch_related("lots__lot")
    )
    sent = (
        batch.orders.select_related("account", "security")
        .defer("account__number")
        .prefetch_related("lots__lot")
    )
    recorded = {row.pk: _essence([row]) for row in proposed}
    slices: dict[int, list[SentOrder]] = defaultdict(list)
    for row in sent:
        slices[row.proposed_id].append(row)
    stands = {key: _essence(rows) for key, rows in slices.items()}
    for key, rows in slices.items():
        # Fewer shares than were approved, because the account's sales brought less: the reason is on the order.
        wanted = next((row.quantity for row in proposed if row.pk == key), ZERO)
        if any(row.reduced_reason for row in rows) and sum((row.quantity for row in rows), ZERO) < wanted:
            stands[key] = {**stands[key], "quantity": wanted}
    for cause in _compared("order", recorded, stands):
        yield audit.Fault(f"order batch {batch.public_id}, {cause.input}", cause.shown, cause.now)


def _frontier_plans() -> Iterator[audit.Fault]:
    """Compares each plan of a frontier with its digest."""
    kept = FrontierPlan.objects.order_by("pk").values_list(
        "revision__proposal__public_id", "revision__number", "position", "plan_document", "plan_digest"
    )
    for proposal, number, position, text, recorded in kept.iterator(chunk_size=200):
        if (now := hashlib.sha256(text.encode()).hexdigest()) != recorded:
            name = f"frontier of revision {number} of {proposal}, plan {position}"
            yield audit.Fault(name, f"digest {recorded[:12]}", f"digest {now[:12]}")


def _statements() -> Iterator[audit.Fault]:
    """Compares each block's allocation statement with its digest."""
    written = Block.objects.exclude(allocation_sha256="").order_by("pk")
    for reference, text, sha256 in written.values_list(
        "reference", "allocation_statement", "allocation_sha256"
    ):
        if (now := hashlib.sha256(text.encode()).hexdigest()) != sha256:
            yield audit.Fault(f"block {reference}, statement", f"digest {sha256[:12]}", f"digest {now[:12]}")


def _files() -> Iterator[audit.Fault]:
    """Compares each order file with its digest."""
    files = BatchFile.objects.order_by("pk")
    for key, name, sha256 in files.values_list("pk", "name", "sha256"):
        try:
            content = files.values_list("content", flat=True).get(pk=key)
        except CannotDecrypt:
            now = UNREADABLE
        else:
            now = f"digest {hashlib.sha256(content.encode()).hexdigest()[:12]}"
        if now != f"digest {sha256[:12]}":
            yield audit.Fault(f"file {name}, content", f"digest {sha256[:12]}", now)


def _essence(rows: Sequence[ProposedOrder | SentOrder]) -> Row:
    """What was proposed, or what was sent of it in one order or in slices."""
    row, lots = rows[0], defaultdict[tuple[str, str], Decimal](Decimal)
    for one in rows:
        for use in one.lots.all():
            lots[use.lot.public_id, str(use.term)] += use.quantity
    return {
        "account": row.account.public_id,
        "security": row.security.symbol,
        "side": str(row.side),
        "quantity": sum((one.quantity for one in rows), ZERO),
        "lots": ", ".join(
            sorted(f"{lot} {quantity.normalize():f} {term}" for (lot, term), quantity in lots.items())
        ),
    }


def _states() -> Iterator[audit.Fault]:
    reviews: dict[int, Review] = {}
    for revision in Revision.objects.select_related("review").order_by("proposal_id", "number"):
        if revision.review is not None:
            reviews[revision.proposal_id] = revision.review
    for proposal in Proposal.objects.all():
        review = reviews.get(proposal.pk)
        batch = OrderBatch.objects.filter(revision__proposal=proposal).prefetch_related("orders").first()
        if review is None:
            yield audit.Fault(f"proposal {proposal.public_id}", "under review", "without a review")
        elif review.state not in STANDS_WITH[Proposal.State(proposal.state)]:
            yield audit.Fault(
                f"proposal {proposal.public_id}, state", f"review {review.state}", str(proposal.state)
            )
        elif (batch is not None) != (proposal.state in Proposal.SENT_STATES):
            yield audit.Fault(
                f"proposal {proposal.public_id}, state",
                "released" if batch else "not released",
                str(proposal.state),
            )
        elif batch is not None and proposal.state != (became := ends.state_of(batch.orders.all())):
            yield audit.Fault(
                f"proposal {proposal.public_id}, state", f"orders {became}", str(proposal.state)
            )


def _all_revisions() -> Iterable[Revision]:
    return (
        Revision.objects.select_related("proposal__household", "policy", "review")
        .order_by("pk")
        .iterator(chunk_size=100)
    )


def _named(revision: Revision, what: str) -> str:
    return f"revision {revision.number} of {revision.proposal.public_id}, {what}"
