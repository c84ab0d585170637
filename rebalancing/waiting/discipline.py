"""Emotions over discipline: do people force and skip trades more often when the market moves?

Each advisor's rebalances are counted by the market of their day: the tenth of market days with the highest volatility
against all the others. A forced one was made although a reason said to wait, a skipped one was withdrawn, returned for
good or left to expire.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet

from clients.models import BookEntry, ModelVersion, Price, SleeveMember
from compliance.firm.firm_settings import InForce
from compliance.firm.waiting_figures import OVERRIDE_RATE
from rebalancing import market_days
from rebalancing.models import HoldOverride, Proposal
from rebalancing.waiting.disorderly_market import realized_volatility
from rebalancing.waiting.market_history import SESSIONS, returns_of, sessions_to

YEAR = 252
TOP = Decimal("0.9")
TIMES_MAX = 2
"""How many times the calm days' rate the rate of volatile days may be."""
DECIDED_MIN = 10
"""Fewer rebalances tell nothing about a person."""
SKIPPED = (Proposal.State.WITHDRAWN, Proposal.State.REJECTED, Proposal.State.EXPIRED)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Count:
    """Rebalances of one advisor in one state of the market."""

    decided: int = 0
    forced: int = 0
    skipped: int = 0

    @property
    def rate(self) -> Decimal | None:
        """The share that was forced or skipped; None where there was nothing to decide."""
        return Decimal(self.forced + self.skipped) / self.decided if self.decided else None

    def plus(self, *, forced: bool = False, skipped: bool = False) -> Count:
        return Count(self.decided + 1, self.forced + forced, self.skipped + skipped)


@dataclass(frozen=True, slots=True)
class Row:
    """One advisor; `unknown` are rebalances on days whose volatility is not on record."""

    advisor: str
    calm: Count
    volatile: Count
    unknown: Count
    alert: str = ""


def alert(calm: Decimal | None, volatile: Decimal | None, together: Decimal | None, *, limit: Decimal) -> str:
    """Why compliance is asked to look, as a sentence; empty where nothing stands out."""
    if together is not None and together > limit:
        return f"{together * 100:.0f}% were forced or skipped, more than {limit * 100:.0f}%."
    if calm is not None and volatile is not None and volatile > TIMES_MAX * calm and volatile > ZERO:
        return f"{volatile * 100:.0f}% on volatile days against {calm * 100:.0f}% on the others."
    return ""


def volatile_days(by_day: Mapping[date, Decimal]) -> frozenset[date]:
    """The tenth of these days with the highest volatility; a day at the line counts among them."""
    if len(by_day) < SESSIONS:
        return frozenset()
    ranked = sorted(by_day.values())
    line = ranked[min(len(ranked) - 1, int(TOP * len(ranked)))]
    return frozenset(day for day, value in by_day.items() if value >= line)


def volatility_by_day(*, until: date) -> dict[date, Decimal]:
    """The realized volatility of each market day of a year: an equal mix of what the firm's models buy first."""
    days = sessions_to(until, YEAR + SESSIONS)
    in_force = ModelVersion.objects.filter(state=ModelVersion.State.PUBLISHED)
    keys = set(
        SleeveMember.objects.filter(sleeve__model_class__version__in=in_force, rank=1).values_list(
            "security", flat=True
        )
    )
    prices: dict[int, dict[date, Decimal]] = defaultdict(dict)
    told = Price.objects.filter(
        security__in=keys,
        as_of_on__gte=days[0],
        as_of_on__lte=until,
        standing__in=(Price.Standing.SOUND, Price.Standing.ACCEPTED),
    )
    for key, day, price in told.order_by("received_at").values_list("security", "as_of_on", "price"):
        prices[key][day] = price
    found = {}
    for last in range(SESSIONS, len(days)):
        window = days[last - SESSIONS : last + 1]
        known = [key for key in keys if all(day in prices[key] for day in window)]
        share = {key: Decimal(1) / len(known) for key in known}
        if returns := returns_of(share, prices, days=window):
            found[window[-1]] = realized_volatility(returns)
    return found


def rows(
    proposals: QuerySet[Proposal], overrides: QuerySet[HoldOverride], *, on: date, figures: InForce
) -> tuple[Row, ...]:
    """Every advisor of the rebalances that this person may see, of the last year."""
    by_day = volatility_by_day(until=on)
    volatile = volatile_days(by_day)
    since = on - timedelta(days=366)
    forced = _forced(overrides.filter(expires_on__gte=since))
    counts: dict[str, dict[str, Count]] = defaultdict(lambda: defaultdict(Count))
    drafted = list(
        proposals.filter(drafted_at__gte=market_days.opened_at(since))
        .annotate(market_on=F("run__market_on"))
        .order_by("pk")
    )
    # What the machine took back, because nothing called for it any more, nobody skipped.
    taken_back = set(
        proposals.filter(
            state=Proposal.State.WITHDRAWN,
            revisions__review__settled_by_label__in=("scan", "repricing"),
            revisions__review__state="withdrawn",
        ).values_list("pk", flat=True)
    )
    advisors = _advisors({one.household_id for one in drafted} | set(forced))
    for one in drafted:
        day = one.market_on or market_days.new_york_date(one.drafted_at)
        state = "volatile" if day in volatile else "calm" if day in by_day else "unknown"
        was_forced = any(first <= day <= last for first, last in forced.get(one.household_id, ()))
        name = _advisor(advisors.get(one.household_id, ()), on=day)
        counts[name][state] = counts[name][state].plus(
            forced=was_forced, skipped=not was_forced and one.state in SKIPPED and one.pk not in taken_back
        )
    limit = figures.of(OVERRIDE_RATE)
    return tuple(row_of(name, found, limit) for name, found in sorted(counts.items()))


def row_of(name: str, found: Mapping[str, Count], limit: Decimal) -> Row:
    """One advisor's line, by the state of the market."""
    calm, volatile, unknown = (found.get(key, Count()) for key in ("calm", "volatile", "unknown"))
    together = Count(
        calm.decided + volatile.decided + unknown.decided,
        calm.forced + volatile.forced + unknown.forced,
        calm.skipped + volatile.skipped + unknown.skipped,
    )
    said = alert(calm.rate, volatile.rate, together.rate, limit=limit)
    return Row(name, calm, volatile, unknown, said if together.decided >= DECIDED_MIN else "")


def _forced(overrides: Iterable[HoldOverride]) -> dict[int, list[tuple[date, date]]]:
    """By household, the days on which somebody had set a reason aside."""
    found: dict[int, list[tuple[date, date]]] = defaultdict(list)
    for one in overrides:
        last = one.expires_on
        if one.ended_at is not None:
            last = min(last, market_days.new_york_date(one.ended_at))
        found[one.household_id].append((one.starts_on, last))
    return found


def _advisors(households: Iterable[int]) -> dict[int, tuple[BookEntry, ...]]:
    found: dict[int, list[BookEntry]] = defaultdict(list)
    entries = BookEntry.objects.filter(Q(household__in=list(households)), part=BookEntry.Part.ADVISOR)
    for entry in entries.select_related("user").order_by("starts_on", "pk"):
        found[entry.household_id].append(entry)
    return {key: tuple(one) for key, one in found.items()}


def _advisor(entries: Sequence[BookEntry], *, on: date) -> str:
    for entry in reversed(entries):
        if entry.starts_on <= on and (entry.ends_on is None or entry.ends_on >= on):
            return str(entry.user.get_full_name())
    return "No advisor"
