"""Households whose record changed since they were last evaluated, as `triggers.record_changes` asks of each: at least all that a
change concerns, so that none is settled past one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np

from clients.models import ClientRestriction, Policy, PolicyRestriction
from clients.securities import securities
from rebalancing import market_days
from rebalancing.firm_scan.facts import FirmFacts
from rebalancing.firm_scan.history import Histories
from rebalancing.firm_scan.shared import Flags, Ints

ONE_DAY = timedelta(days=1)
MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def found(facts: FirmFacts, past: Histories) -> Flags:
    """The households that may have a change to look at: shape (households,)."""
    evaluated = past.evaluated_at
    when = _Evaluated(evaluated, _evaluated_for(evaluated), facts.trade_on)
    terms = facts.policies
    changed = when.before_each(terms.adopted_at, terms.effective_on)
    for at, made, from_on in _of_households(facts):
        changed[at] |= when.is_before(at, made, from_on)
    for (version, follows), one in facts.versions.items():
        if not follows or one is None or one.row.published_at is None or one.row.effective_on is None:
            continue
        reads = (terms.version == version) & terms.follows
        changed |= reads & when.before(_moment(one.row.published_at), one.row.effective_on.toordinal())
    if evaluated.any():
        for which, made, from_on in _of_securities(facts, since=int(evaluated[evaluated > 0].min())):
            is_later = when.before(made, from_on)
            if is_later.any():
                changed |= is_later & facts.touched(which)
    return changed & (evaluated > 0)


class _Evaluated:
    """When each household was last evaluated, and for which trade day."""

    def __init__(self, at: Ints, trade_on: Ints, today: date) -> None:
        self.at, self.trade_on, self.today = at, trade_on, today.toordinal()

    def before(self, made_at: int, from_on: int) -> Flags:
        """Where one change is newer than the evaluation."""
        if from_on > self.today:
            return np.zeros(len(self.at), dtype=np.bool_)
        return (self.at < made_at) | (self.trade_on < from_on)

    def before_each(self, made_at: Ints, from_on: Ints) -> Flags:
        """The same of a change of each household."""
        return (self.at < made_at) | (self.trade_on < from_on)

    def is_before(self, at: int, made_at: int, from_on: int) -> bool:
        """The same of one household."""
        if from_on > self.today:
            return False
        return bool(self.at[at] < made_at or self.trade_on[at] < from_on)


def _evaluated_for(at: Ints) -> Ints:
    """The trade day of each moment, which is the same within a minute."""
    minutes, place = np.unique(at // MINUTE, return_inverse=True)
    days = [
        market_days.trade_day(EPOCH + timedelta(minutes=int(one))).toordinal() if one else 0
        for one in minutes
    ]
    return np.array(days, dtype=np.int64)[place]


def _of_households(facts: FirmFacts) -> Iterator[tuple[int, int, int]]:
    """Changes of one household's own restrictions: its index, when each was made and from which day it counts."""
    place = {int(key): at for at, key in enumerate(facts.households)}
    ended = PolicyRestriction.objects.filter(until_on__isnull=False, policy__state=Policy.State.ADOPTED)
    for household, until_on, adopted_at in ended.values_list(
        "policy__household_id", "until_on", "policy__adopted_at"
    ):
        if household in place and adopted_at is not None and until_on is not None:
            yield place[household], _moment(adopted_at), (until_on + ONE_DAY).toordinal()
    rows = ClientRestriction.objects.values_list(
        "household_id", "made_at", "cancelled_at", "starts_on", "ends_on"
    )
    for household, made_at, cancelled_at, starts_on, ends_on in rows:
        if household not in place:
            continue
        at = place[household]
        yield at, _moment(made_at), starts_on.toordinal()
        if cancelled_at is not None:
            yield at, _moment(cancelled_at), market_days.new_york_date(cancelled_at).toordinal()
        elif ends_on is not None:
            yield at, _moment(made_at), (ends_on + ONE_DAY).toordinal()


def _of_securities(facts: FirmFacts, *, since: int) -> Iterator[tuple[Flags, int, int]]:
    """What changed about securities since a moment, a day's changes together: which they are, the last moment and day."""
    held = facts.securities
    moment = EPOCH + timedelta(microseconds=since)
    told: dict[date, list[tuple[list[int], int, int]]] = defaultdict(list)
    every = facts.market.securities(held.keys.tolist())
    by_issuer: dict[str, list[int]] = defaultdict(list)
    for key, one in every.items():
        if issuer := securities.issuer_of(one):
            by_issuer[issuer].append(key)
    for entry in facts.market.listings:
        events = [(entry.placed_at, entry.starts_on)]
        if entry.lifted_at is not None:
            events = [(entry.lifted_at, market_days.new_york_date(entry.lifted_at))]
        elif entry.ends_on is not None:
            events.append((entry.placed_at, entry.ends_on + ONE_DAY))
        for made_at, from_on in events:
            if entry.issuer in by_issuer and from_on <= facts.trade_on:
                told[from_on].append((by_issuer[entry.issuer], _moment(made_at), from_on.toordinal()))
    for decided in facts.market.decided_facts(every.keys(), since=moment):
        day = market_days.new_york_date(decided.at)
        told[day].append(([decided.security_id], _moment(decided.at), day.toordinal()))
    for _, changes in sorted(told.items()):
        which = np.zeros(len(held.keys), dtype=np.bool_)
        which[held.places({key for keys, _, _ in changes for key in keys})] = True
        yield which, max(made for _, made, _ in changes), max(day for _, _, day in changes)


def _moment(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)
