"""What compliance looks at: one queue of everything that asks for its eyes, what blocks, and the firm's lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import django_filters
from django.db.models import QuerySet
from django.urls import reverse

from compliance.forms import Reason, Restriction
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from compliance.models import AuditEvent, ChangeRequest, RestrictedIssuer
from compliance.pages import queue_items
from compliance.pages.queue_items import QUEUE_DAYS, Item, Sort, Weight
from compliance.pages.subjects import subject_url
from compliance.pages.trail import ROWS_A_PAGE, Called, ChainState, PlacesFor, chain_state

if TYPE_CHECKING:
    from compliance.people.roles import Person

OWNERS = (("mine", "Mine"), ("nobody", "Nobody's"), ("others", "A colleague's"))
HEADER = ("severity", "kind", "what", "sentence", "who", "since", "due", "owner")


class QueueFilters(django_filters.FilterSet):
    """The filters of the page. Its rows are computed, so each is applied to them by `chosen`."""

    severity = django_filters.ChoiceFilter(
        label="Severity", choices=[(one.name.lower(), one.label) for one in Weight], method="computed"
    )
    kind = django_filters.ChoiceFilter(label="Kind", choices=Sort.choices, method="computed")
    owner = django_filters.ChoiceFilter(label="Owner", choices=OWNERS, method="computed")

    def computed(self, rows: QuerySet[AuditEvent], name: str, value: str) -> QuerySet[AuditEvent]:
        return rows


KIND = Kind(
    name="compliance-queue",
    about=("compliance_queue", "compliance_queue"),
    filters=QueueFilters,
    orderings={
        "severity": lambda one: (one.weight, -one.since.timestamp()),
        "since": lambda one: one.since,
        "owner": lambda one: one.owner,
        "kind": lambda one: one.sort.label,
    },
    first_down=frozenset({"severity"}),
    searched=lambda one: f"{one.title} {one.sentence} {one.who} {one.owner}",
)


@dataclass(frozen=True, slots=True)
class Above:
    """What the queue shows of the floors above: who issues the securities on record and how many each, the pages of
    things, and what is called by a name.
    """

    issuers: Callable[[], Mapping[str, int]]
    places_for: PlacesFor
    called: Called


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done about an item's owner, as a link."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class ItemRow:
    item: Item
    severity: str
    days: int
    is_mine: bool
    is_late: bool
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A request for changes that still stands, and where it can be dismissed."""

    asked: ChangeRequest
    url: str
    dismiss_url: str


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    """A standing entry; `restricts` says how many securities on record it is about."""

    entry: RestrictedIssuer
    restricts: str
    lift_url: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """`rows` are the items of a view; `count` is how many of all need somebody now."""

    rows: tuple[ItemRow, ...]
    listing: Listing
    count: int
    changes: list[ChangeRow]
    restrictions: list[RestrictionRow]
    reason_form: Reason
    restriction_form: Restriction
    issuers: tuple[str, ...]
    chain: ChainState
    days: int

    @property
    def heading(self) -> str:
        """The page's one question, answered."""
        count = self.count + (self.chain.tone == "breach")
        if not count:
            return "Nothing needs compliance today"
        return f"{count} {'item needs' if count == 1 else 'items need'} attention"


def show(
    user: Person,
    asked: Asked,
    above: Above,
    *,
    at: datetime,
    reason_form: Reason | None = None,
    restriction_form: Restriction | None = None,
) -> QueuePage:
    """The items of a view, what blocks, and the firm's lists."""
    held = queue_items.standing(user, at=at)
    found, pager = listing.page_of(asked, chosen(user, asked, held))
    issuers = above.issuers()
    changes = ChangeRequest.objects.filter(lifted_at=None).select_related("review")
    return QueuePage(
        rows=tuple(_row(user, one, at=at) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=held,
            chips=_chips(user, asked, held),
            columns={"severity": "Severity", "kind": "Kind", "since": "Since", "owner": "Owner"},
        ),
        count=sum(one.weight > Weight.NOTICE for one in held),
        changes=[
            ChangeRow(asked, subject_url(asked.review), reverse("compliance:dismiss", args=[asked.pk]))
            for asked in changes[:ROWS_A_PAGE]
        ],
        restrictions=[
            RestrictionRow(
                entry,
                restricts_text(issuers.get(entry.issuer, 0)),
                reverse("compliance:restriction_lift", args=[entry.public_id]),
                entry.placed_by_id == user.pk,
            )
            for entry in RestrictedIssuer.objects.filter(lifted_at=None)
        ],
        reason_form=reason_form or Reason(),
        restriction_form=restriction_form or Restriction(),
        issuers=tuple(sorted(issuers)),
        chain=chain_state(at=at),
        days=QUEUE_DAYS,
    )


def export(user: Person, asked: Asked, *, at: datetime) -> Iterator[tuple[Cell, ...]]:
    """Every item of the view, under `HEADER`."""
    for one in chosen(user, asked, queue_items.standing(user, at=at)):
        yield (
            *(one.weight.label, str(one.sort.label), one.title, one.sentence, one.who, one.since, one.due),
            one.owner,
        )


def chosen(user: Person, asked: Asked, held: list[Item]) -> list[Item]:
    """The items that a view asks for, in its order."""
    return asked.ordered([one for one in held if _fits(user, asked, one)])


def restricts_text(count: int) -> str:
    """How many securities on record an entry of the list is about."""
    if not count:
        return "it matches nothing on record"
    return f"it matches {count} {'security' if count == 1 else 'securities'} on record"


def _fits(user: Person, asked: Asked, one: Item, *, but: str = "") -> bool:
    """Whether an item passes the filters; `but` one, to count what its other choices hold."""
    wanted = {name: value for name, value in asked.chosen.items() if value and name != but}
    return all(value == _value(user, one, name) for name, value in wanted.items())


def _value(user: Person, one: Item, name: str) -> str:
    if name == "severity":
        return one.weight.name.lower()
    if name == "kind":
        return str(one.sort)
    return "nobody" if not one.owner else "mine" if one.owner_id == user.pk else "others"


def _chips(user: Person, asked: Asked, held: list[Item]) -> Iterator[listing.Chips]:
    for name, label, choices in (
        ("severity", "Filter by severity", [(one.name.lower(), one.label) for one in Weight]),
        ("kind", "Filter by kind", list(Sort.choices)),
        ("owner", "Filter by owner", list(OWNERS)),
    ):
        values = [_value(user, one, name) for one in held if _fits(user, asked, one, but=name)]
        counted = [(value, str(text), values.count(value)) for value, text in choices]
        now = asked.texts.get(name, "")
        kept = [one for one in counted if one[2] or one[0] == now]
        yield listing.chips(asked, name, label, [("", "All", len(values)), *kept])


def _row(user: Person, one: Item, *, at: datetime) -> ItemRow:
    return ItemRow(
        item=one,
        severity=one.weight.name.lower(),
        days=max(0, (at - one.since).days),
        is_mine=one.owner_id == user.pk,
        is_late=one.due is not None and at > one.due,
        acts=tuple(_acts(user, one)),
    )


def _acts(user: Person, one: Item) -> Iterator[Act]:
    if one.owner_url:
        yield Act("Say who works it", one.owner_url)
        return
    if not one.owner:
        yield Act("Take it", reverse("compliance:queue_take", args=one.key))
    yield Act("Hand over", reverse("compliance:queue_hand_over", args=one.key))
    if one.owner:
        yield Act("Give back", reverse("compliance:queue_give_back", args=one.key))
    if one.is_settled_by_hand and one.person != user.pk:
        yield Act("Settle", reverse("compliance:queue_settle", args=one.key))
