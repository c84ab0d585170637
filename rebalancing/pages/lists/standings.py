"""The state of every household: exactly one each, so that the counts add up to the book.

The home page, the household list and its export all read these rows: the database ranks, counts and cuts them
(`standing_query`), and what a page shows is built here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, overload

from django.db.models import DecimalField, JSONField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse

from clients.drawings import BandBar
from clients.models import Household
from compliance.models import Examination, FindingRow, Override, Review, SeverityLevel
from rebalancing.models import Proposal, Reading, Revision
from rebalancing.pages.lists.standing_query import Book, Found, Narrowed


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

# The list is ranked in this order (`standing_query.RANKED`). The words are those of the
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
PIECE = 1000
KIND_BY_KEY = {kind.key: kind for kind in KINDS}
QUIET = frozenset({"in_band", "not_due", "sent"})

_BY_PROPOSAL = {
    Proposal.State.RELEASED: "Its orders were released; the custodian's next file will show them.",
    Proposal.State.FILLED: "Its orders were filled; the custodian's next file will show them.",
    Proposal.State.PART_FILLED: "Its orders were filled in part; the next scan looks at what is left.",
    Proposal.State.NOT_TRADED: "Nothing of its orders traded; the next scan looks again.",
    Proposal.State.REJECTED: "The last proposal was rejected; the next scan looks again.",
    Proposal.State.WITHDRAWN: "The last proposal was withdrawn; the next scan looks again.",
    Proposal.State.EXPIRED: "The last proposal ran out of time; the next scan looks again.",
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


class Standings(Sequence[Standing]):
    """The rows of a book, narrowed and in order, of which only those are built that somebody asks for; without an order what
    needs attention first, then the worst drift.

    `count` is how many there are, and `known` those from a place on, where the caller has looked already.
    """

    def __init__(
        self,
        book: Book,
        narrowed: Narrowed,
        *,
        count: int | None = None,
        known: tuple[int, Sequence[Found]] = (0, ()),
    ) -> None:
        self._book, self._narrowed, self._count, self._known = book, narrowed, count, known

    def __len__(self) -> int:
        if self._count is None:
            told = self._book.counts(self._narrowed)
            self._count = sum(told[state][1] for state in self._narrowed.states or told)
        return self._count

    @overload
    def __getitem__(self, at: int) -> Standing: ...
    @overload
    def __getitem__(self, at: slice) -> list[Standing]: ...
    def __getitem__(self, at: int | slice) -> Standing | list[Standing]:
        first, last, _ = (slice(at, at + 1) if isinstance(at, int) else at).indices(len(self))
        rows = _rows(self._found(first, max(0, last - first)), at=self._book.at)
        return rows[0] if isinstance(at, int) else rows

    def _found(self, first: int, count: int) -> Sequence[Found]:
        start, known = self._known
        if first == start and count <= len(known):
            return known[:count]
        return self._book.rows(self._narrowed, first=first, count=count)

    def __iter__(self) -> Iterator[Standing]:
        """Everything, ranked once and built a piece at a time."""
        found = self._book.rows(self._narrowed)
        for first in range(0, len(found), PIECE):
            yield from _rows(found[first : first + PIECE], at=self._book.at)


def _rows(found: Sequence[Found], *, at: datetime) -> list[Standing]:
    """These households as rows, in their order; seven queries."""
    keys = [one.household for one in found]
    households = Household.objects.in_bulk(keys)
    readings = Reading.objects.in_bulk([one.latest for one in found if one.latest is not None])
    pending = _open_proposals([one.proposal for one in found if one.proposal is not None], at=at)
    return [
        _standing(households[one.household], one, readings.get(one.latest or 0), pending.get(one.household))
        for one in found
    ]


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


def _standing(household: Household, found: Found, latest: Reading | None, pending: _Open | None) -> Standing:
    # The latest that was measured: drift goes on while a proposal waits.
    reading = (
        latest if latest is not None and latest.measures else pending.proposal.reading if pending else latest
    )
    measures = reading.measures if reading else []
    return Standing(
        public_id=household.public_id,
        code=household.code,
        name=household.name,
        url=reverse("clients:household", args=[household.public_id]),
        kind=KIND_BY_KEY[found.state],
        reason=_reason(found, latest, pending),
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


def _reason(found: Found, latest: Reading | None, pending: _Open | None) -> str:
    """Why a household has its state, as a sentence."""
    if pending is not None:
        return _reason_open(found.state, pending)
    if latest is None:
        return "No scan has read this household yet."
    # What was proposed or pending then is closed since: how it ended says why.
    return _BY_PROPOSAL[Proposal.State(found.ended)] if found.ended else latest.reason


def _reason_open(state: str, pending: _Open) -> str:
    reading = pending.proposal.reading
    why = reading.reason if reading else ""
    if state == "release":
        return why or "Its orders are ready to release."
    if state == "returned":
        return "A reviewer asked for changes; a new revision answers them."
    if state in ("blocked", "answer") and (sentences := pending.unanswered.sentences):
        more = f" And {len(sentences) - 1} more." if len(sentences) > 1 else ""
        return f"{sentences[0]}{more}"
    return why


def _open_proposals(keys: Sequence[int], *, at: datetime) -> dict[int, _Open]:
    """These proposals by the key of their household."""
    proposals = list(Proposal.objects.filter(pk__in=keys).select_related("reading"))
    revisions = current_revisions(proposals)
    reviews = [revision.review for revision in revisions.values() if revision.review is not None]
    unanswered = unanswered_by_review(reviews, at=at)
    return {
        proposal.household_id: _Open(
            proposal=proposal,
            revision=revisions[proposal.pk],
            unanswered=unanswered.get(review.pk, Unanswered())
            if (review := revisions[proposal.pk].review)
            else Unanswered(),
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
