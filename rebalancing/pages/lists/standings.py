"""The state of every household: exactly one each, so that the counts add up to the book.

The home page, the household list and its export all read these rows; eight queries, however large the book.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, JSONField, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse

from clients import access as record
from clients.drawings import BandBar
from clients.models import Household
from compliance.models import Consent, Examination, FindingRow, Override, Review, SeverityLevel
from compliance.models import State as ReviewState
from rebalancing import market_days
from rebalancing.models import Proposal, Reading, Revision


@dataclass(frozen=True, slots=True)
class Kind:
    """One state. `tile` finishes a count ("3 in review"); `chip` names it in a row."""

    key: str
    chip: str
    tile: str
    tone: str
    means: str


_READ = Reading.Outcome
_STATE = Proposal.State

# The first that fits is the household's state, and the list is ranked in this order. The words are those of the
# proposal's state or of the reading's outcome, so that a household is called the same on every page.
KINDS = (
    Kind(
        "returned",
        _STATE.RETURNED.label,
        "with changes requested",
        "attention",
        "A reviewer asked for changes.",
    ),
    Kind("blocked", "Blocked", "blocked by a check", "breach", "A check stands in the way of approval."),
    Kind(
        "answer",
        "Needs a reason",
        "with a finding to answer",
        "attention",
        "A named person has to answer for a finding; then it can be approved.",
    ),
    Kind(
        "consent",
        "Awaiting consent",
        "awaiting the client's consent",
        "action",
        "The client has to agree first.",
    ),
    Kind("decide", _STATE.IN_REVIEW.label, "in review", "action", "A reviewer can decide."),
    Kind(
        "release",
        _STATE.APPROVED.label,
        "approved, not released",
        "order",
        "A trader can release the orders.",
    ),
    Kind("failed", _READ.FAILED.label, "could not be read", "breach", "The scan failed for this household."),
    Kind(
        "impossible",
        _READ.IMPOSSIBLE.label,
        "without a plan",
        "breach",
        "No plan was found that satisfies every rule.",
    ),
    Kind(
        "data",
        _READ.DATA.label,
        "with data to correct",
        "attention",
        "Something on record is missing or wrong.",
    ),
    Kind(
        "no_policy",
        _READ.NO_POLICY.label,
        "without a policy",
        "attention",
        "No investment policy is in force.",
    ),
    Kind("held", _READ.HELD.label, "held back", "attention", "Outside its bands, with a reason to wait."),
    Kind(
        "no_benefit",
        _READ.NO_BENEFIT.label,
        "where trading would not help",
        "plain",
        "Trading would cost more than it helps.",
    ),
    Kind(
        "sent",
        _STATE.RELEASED.label,
        "with orders released",
        "order",
        "The custodian's next file will show the trades.",
    ),
    Kind("unread", "Not scanned yet", "not scanned yet", "quiet", "The next scan reads it."),
    Kind("not_due", _READ.NOT_DUE.label, "not due yet", "quiet", "The policy asks for a scan less often."),
    Kind("in_band", _READ.IN_BAND.label, "inside their bands", "order", "Nothing to do."),
)
KIND_BY_KEY = {kind.key: kind for kind in KINDS}
QUIET = frozenset({"in_band", "not_due", "sent"})

_BY_OUTCOME = {
    Reading.Outcome.IN_BAND: "in_band",
    Reading.Outcome.HELD: "held",
    Reading.Outcome.DATA: "data",
    Reading.Outcome.NO_POLICY: "no_policy",
    Reading.Outcome.NOT_DUE: "not_due",
    Reading.Outcome.NO_BENEFIT: "no_benefit",
    Reading.Outcome.IMPOSSIBLE: "impossible",
    Reading.Outcome.FAILED: "failed",
    Reading.Outcome.PENDING: "sent",
    Reading.Outcome.PROPOSED: "sent",
}
_BY_PROPOSAL = {
    Proposal.State.RELEASED: ("sent", "Its orders were released; the custodian's next file will show them."),
    Proposal.State.FILLED: ("sent", "Its orders were filled; the custodian's next file will show them."),
    Proposal.State.PART_FILLED: (
        "sent",
        "Its orders were filled in part; the next scan looks at what is left.",
    ),
    Proposal.State.NOT_TRADED: ("unread", "Nothing of its orders traded; the next scan looks again."),
    Proposal.State.REJECTED: ("unread", "The last proposal was rejected; the next scan looks again."),
    Proposal.State.WITHDRAWN: ("unread", "The last proposal was withdrawn; the next scan looks again."),
    Proposal.State.EXPIRED: ("unread", "The last proposal ran out of time; the next scan looks again."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One household's row. Money in dollars, drift as a fraction of one; None where nothing was measured."""

    public_id: str
    code: str
    name: str
    url: str
    kind: Kind
    reason: str
    bar: BandBar | None
    drift: Decimal | None
    is_outside: bool
    outside_value: Decimal | None
    value: Decimal | None
    tax: Decimal | None
    since: datetime | None
    due_at: datetime | None
    read_at: datetime | None
    prices_as_of_on: date | None
    proposal_url: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The findings nobody has answered for, as sentences; `is_final` when nobody may answer for one of them."""

    sentences: tuple[str, ...] = ()
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class _Open:
    """An open proposal with its current revision and what stands in its way."""

    proposal: Proposal
    revision: Revision
    unanswered: Unanswered
    lacks_consent: bool


def of_book(user: Any, *, at: datetime) -> list[Standing]:
    """Every open household this person may see, ranked: what needs attention first, then the worst drift."""
    today = market_days.new_york_date(at)
    households = list(
        record.households_for(user)
        .filter(Q(closed_on=None) | Q(closed_on__gt=today))
        .order_by("name", "code")
    )
    keys = [household.pk for household in households]
    readings = _latest_readings(keys)
    open_by_household = _open_proposals(keys, at=at)
    closed = _closed_proposals(keys)
    rows = [
        _standing(household, readings.get(household.pk), open_by_household.get(household.pk), closed)
        for household in households
    ]
    rank = {kind.key: place for place, kind in enumerate(KINDS)}
    return sorted(
        rows, key=lambda row: (rank[row.kind.key], -abs(row.drift or Decimal(0)), row.name, row.code)
    )


def counts(rows: Sequence[Standing]) -> dict[str, int]:
    """How many households have which state; every state is named, also with none."""
    found = Counter(row.kind.key for row in rows)
    return {kind.key: found[kind.key] for kind in KINDS}


def worst_bar(measures: Sequence[Mapping[str, Any]]) -> BandBar | None:
    """The class of a reading that is furthest from its target, drawn."""
    worst = max(measures, key=lambda one: abs(Decimal(one["drift"])), default=None)
    return None if worst is None else bar_of(worst)


def bar_of(measure: Mapping[str, Any]) -> BandBar:
    """One measure of a reading, as stored, drawn against its band."""
    return BandBar(
        label=str(measure["name"]),
        target=Decimal(measure["target"]),
        lower=Decimal(measure["lower"]),
        upper=Decimal(measure["upper"]),
        before=Decimal(measure["weight"]),
        measured_before=measure.get("is_breached"),
    )


def _standing(
    household: Household, latest: Reading | None, pending: _Open | None, closed: Mapping[int, str]
) -> Standing:
    # The latest that was measured: drift goes on while a proposal waits.
    reading = (
        latest if latest is not None and latest.measures else pending.proposal.reading if pending else latest
    )
    key, reason = _why(latest, pending, closed)
    measures = reading.measures if reading else []
    return Standing(
        public_id=household.public_id,
        code=household.code,
        name=household.name,
        url=reverse("clients:household", args=[household.public_id]),
        kind=KIND_BY_KEY[key],
        reason=reason,
        bar=worst_bar(measures),
        drift=reading.worst_drift if reading else None,
        is_outside=any(one.get("is_breached") for one in measures),
        outside_value=reading.outside_value if reading else None,
        value=reading.value if reading else None,
        tax=pending.revision.tax if pending else None,  # type: ignore[attr-defined]  # Annotated below.
        since=pending.proposal.drafted_at if pending else latest.read_at if latest else None,
        due_at=pending.revision.expires_at if pending else None,
        read_at=latest.read_at if latest else None,
        prices_as_of_on=reading.prices_as_of_on if reading else None,
        proposal_url=reverse("rebalancing:proposal", args=[pending.proposal.public_id]) if pending else "",
    )


def _why(latest: Reading | None, pending: _Open | None, closed: Mapping[int, str]) -> tuple[str, str]:
    if pending is not None:
        return _why_open(pending)
    if latest is None:
        return "unread", "No scan has read this household yet."
    # What was proposed or pending then is closed since: how it ended says the household's state.
    was_in_hand = latest.outcome in {Reading.Outcome.PROPOSED, Reading.Outcome.PENDING}
    if was_in_hand and latest.household_id in closed:
        return _BY_PROPOSAL[Proposal.State(closed[latest.household_id])]
    return _BY_OUTCOME[Reading.Outcome(latest.outcome)], latest.reason


def _why_open(pending: _Open) -> tuple[str, str]:
    state, reading = pending.proposal.state, pending.proposal.reading
    why = reading.reason if reading else ""
    if state == Proposal.State.APPROVED:
        return "release", why or "Its orders are ready to release."
    # Compliance may have set the request aside; the review says whether it still stands.
    review = pending.revision.review
    if state == Proposal.State.RETURNED and review is not None and review.state == ReviewState.RETURNED:
        return "returned", "A reviewer asked for changes; a new revision answers them."
    if pending.lacks_consent:
        return "consent", why
    if sentences := pending.unanswered.sentences:
        more = f" And {len(sentences) - 1} more." if len(sentences) > 1 else ""
        return "blocked" if pending.unanswered.is_final else "answer", f"{sentences[0]}{more}"
    return "decide", why


def _latest_readings(households: Sequence[int]) -> dict[int, Reading]:
    latest = (
        Reading.objects.filter(household__in=households)
        .order_by("household_id", "-read_at", "-pk")
        .distinct("household_id")
    )
    return {reading.household_id: reading for reading in latest}


def _open_proposals(households: Sequence[int], *, at: datetime) -> dict[int, _Open]:
    proposals = list(
        Proposal.objects.filter(household__in=households, state__in=Proposal.OPEN_STATES).select_related(
            "reading"
        )
    )
    revisions = current_revisions(proposals)
    reviews = [revision.review for revision in revisions.values() if revision.review is not None]
    unanswered = unanswered_by_review(reviews, at=at)
    agreed = _consented(reviews, at=at)
    return {
        proposal.household_id: _Open(
            proposal=proposal,
            revision=revisions[proposal.pk],
            unanswered=unanswered.get(review.pk, Unanswered())
            if (review := revisions[proposal.pk].review)
            else Unanswered(),
            lacks_consent=bool(review and review.consent_required and review.pk not in agreed),
        )
        for proposal in proposals
    }


def current_revisions(proposals: Sequence[Proposal]) -> dict[int, Revision]:
    """The last revision of each proposal with its estimated tax as `tax`; the documents stay where they are."""
    tax = Cast(
        KeyTextTransform("tax_change", Cast("plan_document", JSONField())),
        DecimalField(max_digits=18, decimal_places=2),
    )
    latest = (
        Revision.objects.filter(proposal__in=proposals)
        .order_by("proposal_id", "-number")
        .distinct("proposal_id")
        .select_related("review")
        .defer("household_document", "plan_document")
        .annotate(tax=tax)
    )
    return {revision.proposal_id: revision for revision in latest}


def unanswered_by_review(reviews: Sequence[Review], *, at: datetime) -> dict[int, Unanswered]:
    """What nobody has answered for in each review's newest examination."""
    newest = (
        Examination.objects.filter(review__in=reviews)
        .order_by("review_id", "-examined_at", "-pk")
        .distinct("review_id")
        .values("pk")
    )
    answered = set(
        Override.objects.filter(review__in=reviews, given_at__lte=at, expires_at__gt=at).values_list(
            "review_id", "key"
        )
    )
    found: dict[int, list[str]] = {}
    final: set[int] = set()
    rows = FindingRow.objects.filter(examination__in=newest, severity__gte=SeverityLevel.OVERRIDE)
    for review, severity, key, sentence in rows.order_by("-severity", "position").values_list(
        "examination__review_id", "severity", "key", "sentence"
    ):
        if severity == SeverityLevel.BLOCK or (review, key) not in answered:
            found.setdefault(review, []).append(sentence)
        if severity == SeverityLevel.BLOCK:
            final.add(review)
    return {review: Unanswered(tuple(told), review in final) for review, told in found.items()}


def _consented(reviews: Sequence[Review], *, at: datetime) -> set[int]:
    fingerprints = {review.pk: review.fingerprint for review in reviews}
    given = Consent.objects.filter(review__in=reviews, given_at__lte=at, expires_at__gt=at)
    return {
        review
        for review, digest in given.values_list("review_id", "fingerprint")
        if fingerprints[review] == digest
    }


def _closed_proposals(households: Sequence[int]) -> dict[int, str]:
    """How the last closed proposal of each household ended."""
    last = (
        Proposal.objects.filter(household__in=households, closed_at__isnull=False)
        .order_by("household_id", "-closed_at", "-pk")
        .distinct("household_id")
    )
    return dict(last.values_list("household_id", "state"))
