"""One household on one day: what was looked at, where each class stood, what was asked, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import figures
from clients.drawings import BandBar
from clients.models import Account, Household
from rebalancing import access
from rebalancing.daily_record import codes, facts
from rebalancing.daily_record.folding import Stretch
from rebalancing.daily_record.lines import Line, Unread
from rebalancing.daily_record.waiting_cost import Estimate
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading
from rebalancing.pages.lists.readings import STATES
from rebalancing.pages.timeline import strip


@dataclass(frozen=True, slots=True)
class Asked:
    """One trigger or hold that was asked: whether it spoke, and what it said."""

    name: str
    fired: bool
    sentence: str
    ends: str = ""


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a reading was made from, a label and a value each."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class ReadingOfDay:
    """One reading of the day."""

    public_id: str
    outcome: str
    label: str
    reason: str
    read_at: datetime
    speaks: bool
    bars: tuple[BandBar, ...]
    looked_at: tuple[LookedAt, ...]
    triggers: tuple[Asked, ...]
    holds: tuple[Asked, ...]
    is_older: bool
    scan_url: str
    proposal_url: str

    @property
    def called(self) -> tuple[Asked, ...]:
        """What called for a trade."""
        return tuple(one for one in self.triggers if one.fired)

    @property
    def held(self) -> tuple[Asked, ...]:
        """What held back."""
        return tuple(one for one in self.holds if one.fired)

    @property
    def silent_triggers(self) -> str:
        """What was asked and did not call for a trade, by name."""
        return _silent(self.triggers)

    @property
    def silent_holds(self) -> str:
        """What was asked and did not hold back, by name."""
        return _silent(self.holds)


@dataclass(frozen=True, slots=True)
class DayPage:
    household: Household
    on: date
    heading: str
    line: Line
    tone: str
    readings: tuple[ReadingOfDay, ...]
    waited: Estimate | None
    before_url: str
    after_url: str
    timeline_url: str


def show(user: Any, household: Household, on: date, *, at: datetime) -> DayPage:
    """The page for a member of staff."""
    mine = access.readings_for(user)
    (line,) = facts.of(mine, household, first_on=on, last_on=on, at=at) or (
        Line(on, unread=Unread.CLOSED_MARKET),
    )
    found = (
        mine.filter(household=household, run__market_on=on)
        .select_related("run", "proposal")
        .order_by("-read_at", "-pk")
    )
    names = dict(Account.objects.filter(household=household).values_list("public_id", "name"))
    readings = [_reading(one, line, names) for one in found]
    latest = facts.last_day(at)
    month = on.replace(day=1).isoformat()
    return DayPage(
        household=household,
        on=on,
        heading=f"{household.name} on {figures.day(on)}: {line.label[0].lower()}{line.label[1:]}",
        line=line,
        tone=strip.tone(line),
        readings=tuple(sorted(readings, key=lambda one: not one.speaks)),
        waited=facts.waited(household, Stretch((line,)), until_on=latest),
        before_url=strip.day_url(household, new_york().session_before(on))
        if on > household.opened_on
        else "",
        after_url=strip.day_url(household, new_york().session_after(on)) if on < latest else "",
        timeline_url=f"{reverse('clients:household_timeline', args=[household.public_id])}?since={month}&until={min(_month_end(on), latest)}",
    )


def _month_end(on: date) -> date:
    return date.fromordinal(on.replace(day=28).toordinal() + 4).replace(day=1) - date.resolution


def _reading(reading: Reading, line: Line, names: Mapping[str, str]) -> ReadingOfDay:
    proposal = getattr(reading, "proposal", None)
    return ReadingOfDay(
        public_id=reading.public_id,
        outcome=STATES[Reading.Outcome(reading.outcome)],
        label=str(reading.get_outcome_display()),
        reason=reading.reason,
        read_at=reading.read_at,
        speaks=line.read is not None and line.read.reading == reading.public_id,
        bars=tuple(_bars(reading, names)),
        looked_at=tuple(_looked_at(reading, names)),
        triggers=tuple(_asked(reading.looked.get("triggers", {}), reading.triggers)),
        holds=tuple(_asked(reading.looked.get("holds", {}), reading.holds)),
        is_older=not reading.looked,
        scan_url=f"{reverse('rebalancing:scan', args=[reading.run.public_id])}#{reading.public_id}",
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]) if proposal else "",
    )


def _bars(reading: Reading, names: Mapping[str, str]) -> Iterator[BandBar]:
    for one in reading.measures:
        account = one.get("account")
        yield BandBar(
            label=f"{names.get(account, account)}: {one['name']}" if account else one["name"],
            target=Decimal(one["target"]),
            lower=Decimal(one["lower"]),
            upper=Decimal(one["upper"]),
            before=Decimal(one["weight"]),
            measured_before=bool(one["is_breached"]),
        )


def _looked_at(reading: Reading, names: Mapping[str, str]) -> Iterator[LookedAt]:
    looked = reading.looked
    yield LookedAt("Closing prices of", figures.day(reading.run.market_on))
    if reading.prices_as_of_on and reading.prices_as_of_on != reading.run.market_on:
        yield LookedAt("Oldest price used", figures.day(reading.prices_as_of_on))
    for account, on in (looked.get("holdings") or {}).items():
        day = figures.day(date.fromisoformat(on)) if on else "no file has come yet"
        yield LookedAt(f"Holdings of {names.get(account, account)}", day)
    if policy := looked.get("policy"):
        yield LookedAt("Investment policy", f"version {policy['version']}")
    if model := looked.get("model"):
        yield LookedAt("Model", f"{model['name']}, version {model['version']}")
    if reading.value is not None:
        yield LookedAt("Value of the household", figures.money(reading.value, cents=False))
    yield LookedAt("Version of the product", reading.run.code_version)
    if reading.input_digest:
        yield LookedAt("Digest of what was read", reading.input_digest[:12])


def _silent(asked: tuple[Asked, ...]) -> str:
    return ", ".join(sorted(f"{one.name[0].lower()}{one.name[1:]}" for one in asked if not one.fired))


def _asked(asked: Mapping[str, bool], said: list[dict[str, Any]]) -> Iterator[Asked]:
    """What spoke first, each with its sentence; then what was asked and had nothing to say."""
    for one in said:
        yield Asked(codes.name_of(one["code"]), True, one["sentence"], one.get("because", ""))
    spoke = {one["code"] for one in said}
    for code in asked:
        if code not in spoke:
            yield Asked(codes.name_of(code), False, "")
