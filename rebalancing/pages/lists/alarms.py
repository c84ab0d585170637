"""The alarms of the monitors: what stands, what is acknowledged, what has ended; and the page of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import django_filters
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.urls import reverse

from clients.pages.lists import by_book
from compliance.clock import Today
from compliance.doors import pages as doors
from compliance.firm import firm_settings
from compliance.firm.catalog import in_group
from compliance.firm.setting import Group
from compliance.lists import listing
from compliance.lists.asked import Asked, Kind
from compliance.lists.exports import Cell
from compliance.lists.listing import Listing
from rebalancing import access, market_days
from rebalancing.models import Acknowledgement, Alarm

OPEN, KNOWN, ENDED, ALL = "open", "acknowledged", "ended", "all"
STATES = ((OPEN, "Standing"), (KNOWN, "Acknowledged"), (ENDED, "Ended"))
Monitor = Alarm.Monitor


def _standing() -> Exists:
    """Whether somebody's answer to the alarm counts today."""
    return Exists(
        Acknowledgement.objects.filter(alarm=OuterRef("pk"), withdrawn_at=None, until_on__gte=Today())
    )


def in_state(rows: QuerySet[Alarm], state: str) -> QuerySet[Alarm]:
    """The alarms in one state. What is acknowledged asks again once its day has passed."""
    if state == ENDED:
        return rows.filter(ended_on__isnull=False)
    if state == KNOWN:
        return rows.filter(_standing(), ended_on=None)
    return rows.filter(~_standing(), ended_on=None) if state == OPEN else rows


class AlarmFilters(django_filters.FilterSet):
    """The filters of the page and of the API."""

    state = django_filters.ChoiceFilter(choices=[*STATES, (ALL, "All")], method="of_state")
    monitor = django_filters.ChoiceFilter(
        label="Monitor", choices=Monitor.choices, empty_label="Every monitor"
    )
    household = django_filters.CharFilter(field_name="household__public_id", label="Household id")
    advisor = django_filters.NumberFilter(label="Advisor", method="of_advisor", min_value=1, decimal_places=0)

    def of_state(self, rows: QuerySet[Alarm], name: str, value: str) -> QuerySet[Alarm]:
        return in_state(rows, value)

    def of_advisor(self, rows: QuerySet[Alarm], name: str, value: Any) -> QuerySet[Alarm]:
        return rows.filter(household__in=by_book.advised_by(int(value), on=Today()))


KIND = Kind(
    name="monitors",
    about=("alarm_list", "monitors"),
    filters=AlarmFilters,
    orderings={
        "first_on": ("first_on", "pk"),
        "monitor": ("monitor", "first_on", "pk"),
        "household": ("household__name", "household__code", "pk"),
    },
    usual="first_on",
    defaults={"state": OPEN},
    searched=("household__name", "household__code"),
)
HEADER = (
    "alarm", "monitor", "household", "household_id", "what", "first_day", "last_day", "ended", "acknowledged_until",
    "acknowledged_because",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do about an alarm."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class AlarmRow:
    public_id: str
    url: str
    monitor: str
    household: str
    household_url: str
    sentence: str
    first_on: date
    ended_on: date | None
    known_until: date | None
    action: Action


@dataclass(frozen=True, slots=True)
class Figure:
    """A threshold in force."""

    name: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class MonitorsPage:
    heading: str
    rows: tuple[AlarmRow, ...]
    listing: Listing
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person answered."""

    reason: str
    until_on: date
    by: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str
    withdraw_reason: str


@dataclass(frozen=True, slots=True)
class AlarmPage:
    row: AlarmRow
    last_on: date
    facts: tuple[tuple[str, str], ...]
    answers: tuple[Answer, ...]
    is_known: bool
    acknowledge_url: str
    reopen_url: str


def show(user: Any, asked: Asked, *, at: datetime) -> MonitorsPage:
    """The alarms of this person's scope; without a filter those that stand and nobody has acknowledged."""
    visible = access.alarms_for(user)
    others = asked.narrowed(visible, without=["state"]).order_by()
    counts = {state: in_state(others, state).count() for state, _ in STATES}
    by_monitor = Counter(
        dict(
            asked.narrowed(visible, without=["monitor"])
            .order_by()
            .values_list("monitor")
            .annotate(Count("pk"))
        )
    )
    found, pager = listing.page_of(asked, asked.narrowed(_told(visible)))
    present = firm_settings.in_force(on=market_days.new_york_date(at))
    return MonitorsPage(
        heading=_heading(in_state(visible, OPEN).count()),
        rows=tuple(row_of(one) for one in found),
        listing=listing.listing(
            asked,
            pager,
            held=visible,
            chips=(
                listing.chips(asked, "monitor", "Filter by monitor", _monitors(by_monitor, asked)),
                listing.chips(
                    asked,
                    "state",
                    "Filter by state",
                    [*((key, label, counts[key]) for key, label in STATES), (ALL, "All", others.count())],
                ),
            ),
            columns={"monitor": "Monitor", "household": "Household", "first_on": "Since"},
            more={"advisor": by_book.advisors(user)},
        ),
        figures=tuple(Figure(one.name, present.shown(one), one.help) for one in in_group(Group.MONITORS)),
    )


def export(user: Any, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    """Every alarm of the view, under `HEADER`."""
    for one in asked.narrowed(_told(access.alarms_for(user))):
        yield (
            one.public_id, one.get_monitor_display(), one.household.name, one.household.public_id, one.sentence,
            one.first_on, one.last_on, one.ended_on, one.known_until, one.known_because,
        )  # fmt: skip


def of_one(alarm: Alarm, user: Any, *, on: date) -> AlarmPage:
    """One alarm with every answer that was given to it, and the doors that this person may use."""
    answers = list(alarm.acknowledgements.select_related("given_by", "withdrawn_by"))
    standing = next((one for one in answers if one.withdrawn_at is None and one.until_on >= on), None)
    alarm.known_until = standing.until_on if standing else None  # type: ignore[attr-defined]
    return AlarmPage(
        row=row_of(alarm),
        last_on=alarm.last_on,
        facts=tuple(
            (name.replace("_", " ").capitalize(), "unknown" if value is None else value)
            for name, value in alarm.figures.items()
        ),
        answers=tuple(
            Answer(
                one.reason,
                one.until_on,
                one.given_by.get_full_name(),
                one.given_at,
                one.withdrawn_at,
                one.withdrawn_by.get_full_name() if one.withdrawn_by else "",
                one.withdraw_reason,
            )
            for one in answers
        ),
        is_known=standing is not None,
        acknowledge_url=_door("rebalancing:alarm_acknowledge", user, alarm),
        reopen_url=_door("rebalancing:alarm_reopen", user, alarm) if standing else "",
    )


def _door(name: str, user: Any, alarm: Alarm) -> str:
    return next((one.url for one in doors.links((name,), user, alarm)), "")


def standing_for(user: Any) -> QuerySet[Alarm]:
    """The alarms of this person's scope that stand and are not acknowledged, the oldest first."""
    found = in_state(access.alarms_for(user), OPEN)
    return found.select_related("household").order_by("first_on", "pk")


def row_of(alarm: Alarm) -> AlarmRow:
    """One alarm as a row; `known_until` where the query or the caller has told it."""
    household = alarm.household
    return AlarmRow(
        public_id=alarm.public_id,
        url=reverse("rebalancing:alarm", args=[alarm.public_id]),
        monitor=alarm.get_monitor_display(),
        household=household.name,
        household_url=reverse("clients:household", args=[household.public_id]),
        sentence=alarm.sentence,
        first_on=alarm.first_on,
        ended_on=alarm.ended_on,
        known_until=getattr(alarm, "known_until", None),
        action=action_of(alarm),
    )


def action_of(alarm: Alarm) -> Action:
    """The one thing to do about an alarm: the page that cures its cause."""
    household = reverse("clients:household", args=[alarm.household.public_id])
    match alarm.monitor:
        case Monitor.NEVER:
            timeline = reverse("clients:household_timeline", args=[alarm.household.public_id])
            return Action("See why nothing was done", timeline)
        case Monitor.ALIKE | Monitor.IGNORED_CASH | Monitor.NOT_TOLD:
            return Action("See the orders", reverse("rebalancing:batch", args=[alarm.about]))
        case Monitor.OUTLIVED:
            return Action("Lift or renew the hold", reverse("clients:hold", args=[alarm.about]))
        case Monitor.IDLE_CASH:
            return Action("See what cash is due", f"{household}?tab=cash")
        case Monitor.UNREAD:
            return Action("See the scans", reverse("rebalancing:scan_list"))
        case Monitor.OFTEN:
            return Action("Review its policy", f"{household}?tab=policy")
    raise AssertionError(f"no action is named for {alarm.monitor}")


def _told(rows: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """The rows with the answer that counts, in one query."""
    standing = FilteredRelation("acknowledgements", condition=Q(acknowledgements__withdrawn_at=None))
    return (
        rows.select_related("household")
        .annotate(standing=standing)
        .annotate(known_until=F("standing__until_on"), known_because=F("standing__reason"))
    )


def _monitors(by_monitor: Counter[str], asked: Asked) -> Iterable[tuple[str, str, int]]:
    yield "", "Every monitor", sum(by_monitor.values())
    for value, label in Monitor.choices:
        if by_monitor[value] or value == asked.texts.get("monitor"):
            yield value, str(label), by_monitor[value]


def _heading(standing: int) -> str:
    if not standing:
        return "No monitor has found anything"
    return f"{standing} alarm{' stands' if standing == 1 else 's stand'}"
