"""Where an order or block stands, from all that was reported of it. Pure.

The answer is a function of the set of reports: whoever sends them twice, late or in another order changes nothing.
Nothing is clamped and nothing is guessed: what cannot be right counts as far as the broker says so and is named a fault,
which becomes a break that somebody works.

Reports that correct or bust others are about one execution with them. The last of those says what it is now; the fill
itself, where they come first, is not needed for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum

from clients import figures
from rebalancing.engine.market import allocations
from rebalancing.engine.money import CENT, ZERO
from rebalancing.execution.reports import Kind, Report

Key = tuple[str, str, date, str]

TRADED = frozenset({Kind.FILL, Kind.CORRECTED, Kind.BUSTED})
ENDS = frozenset({Kind.DONE_FOR_DAY, Kind.CANCELED, Kind.EXPIRED, Kind.REJECTED})


class State(StrEnum):
    """Where an order stands as its broker tells it. The last five are ends."""

    SILENT = "silent"  # Nothing was reported of it.
    WORKING = "working"
    PARTLY_FILLED = "partly_filled"  # Some of it was traded, and the rest is worked.
    FILLED = "filled"
    PART_FILLED = "part_filled"  # It ended with some of it traded.
    REJECTED = "rejected"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_end(self) -> bool:
        return self not in (State.SILENT, State.WORKING, State.PARTLY_FILLED)


class Flaw(StrEnum):
    """What is wrong with what was reported."""

    OVER_FILLED = "over_filled"
    NO_QUANTITY = "no_quantity"
    OTHER_SIDE = "other_side"
    OTHER_SECURITY = "other_security"
    OTHER_DAY = "other_day"
    AFTER_ITS_END = "after_its_end"
    OUTSIDE_LIMIT = "outside_limit"
    UNSEEN = "unseen"
    CONTRADICTS = "contradicts"
    CIRCLE = "circle"
    COUNTS_DIFFER = "counts_differ"
    OTHER_TERMS = "other_terms"


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered; `limit` in dollars a share, None for a market order."""

    symbol: str
    side: str
    quantity: Decimal
    limit: Decimal | None = None
    trade_on: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that somebody has to look into; `exec_id` is empty where it is about the order as a whole."""

    flaw: Flaw
    exec_id: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Execution:
    """One trade as it stands after its corrections: shares and dollars a share."""

    key: Key
    shares: Decimal
    price: Decimal

    @property
    def amount(self) -> Decimal:
        with localcontext(prec=60):
            return self.shares * self.price


@dataclass(frozen=True, slots=True)
class Folded:
    """Where an order stands. `total` is exact, in dollars; `average` a share to four places, None: nothing traded."""

    state: State
    filled: Decimal
    total: Decimal
    average: Decimal | None
    executions: tuple[Execution, ...] = ()
    faults: tuple[Fault, ...] = ()
    duplicates: int = 0

    @property
    def cents(self) -> Decimal:
        """What was traded, to the cent."""
        return self.total.quantize(CENT, rounding=ROUND_HALF_UP)


def fold(ordered: Ordered, reports: Iterable[Report]) -> Folded:
    """Where an order stands after these reports, in whatever order and however often they came."""
    received = list(reports)
    each, faults = _each_once(received)
    about, strangers = _about(ordered, each)
    faults += strangers
    executions, unsound = _executions(ordered, [one for one in about if one.kind in TRADED])
    faults += unsound
    filled = sum((one.shares for one in executions), ZERO)
    with localcontext(prec=60):
        total = sum((one.amount for one in executions), ZERO)
    average = (
        allocations.block_price(allocations.Fill(one.shares, one.price) for one in executions).average
        if executions
        else None
    )
    if filled > ordered.quantity:
        faults.append(
            Fault(
                Flaw.OVER_FILLED,
                "",
                f"{_shares(filled)} shares were filled and {_shares(ordered.quantity)} were ordered.",
            )
        )
    faults += _timing(about)
    faults += _counts(about, filled)
    return Folded(
        state=_state(ordered, about, filled),
        filled=filled,
        total=total,
        average=average,
        executions=tuple(executions),
        faults=tuple(sorted(set(faults))),
        duplicates=len(received) - len(each),
    )


def _each_once(reports: Iterable[Report]) -> tuple[list[Report], list[Fault]]:
    """Each report once, the earliest where the same id says two things: that is a fault, whichever came first.

    Refused cancels and the like come without an id; those are told apart by what they say.
    """
    found: dict[tuple[object, ...], list[Report]] = defaultdict(list)
    for one in reports:
        found[one.key if one.exec_id else (*one.key, *_says(one))].append(one)
    faults = [
        Fault(
            Flaw.CONTRADICTS, same[0].exec_id, f"Two different reports came under the id {same[0].exec_id}."
        )
        for same in found.values()
        if len({_says(one) for one in same}) > 1
    ]
    return [min(same, key=_rank) for same in found.values()], faults


def _about(ordered: Ordered, reports: Iterable[Report]) -> tuple[list[Report], list[Fault]]:
    """The reports that are about this order at all; those of another security or side name it by mistake."""
    kept, faults = [], []
    for one in sorted(reports, key=_rank):
        if one.symbol and one.symbol != ordered.symbol:
            faults.append(
                Fault(
                    Flaw.OTHER_SECURITY,
                    one.exec_id,
                    f"The order is for {ordered.symbol} and the report is about {one.symbol}.",
                )
            )
        elif one.side and one.side != ordered.side:
            faults.append(
                Fault(
                    Flaw.OTHER_SIDE,
                    one.exec_id,
                    f"The order is to {ordered.side} and the report says {one.side}.",
                )
            )
        else:
            kept.append(one)
    return kept, faults


def _executions(ordered: Ordered, traded: list[Report]) -> tuple[list[Execution], list[Fault]]:
    """Every execution as its last word has it."""
    executions, faults = [], []
    for linked, more in _linked(traded):
        faults += more
        last = max(linked, key=lambda one: (one.kind is not Kind.FILL, *_rank(one)))
        if last.kind is Kind.BUSTED:
            continue
        if not last.quantity > ZERO or last.price is None or not last.price > ZERO:
            faults.append(
                Fault(
                    Flaw.NO_QUANTITY,
                    last.exec_id,
                    f"The report says {_shares(last.quantity)} shares at {last.price}, which is no trade.",
                )
            )
            continue
        executions.append(Execution(last.key, last.quantity, last.price))
        if ordered.limit is not None and _is_outside(ordered.side, last.price, ordered.limit):
            faults.append(
                Fault(
                    Flaw.OUTSIDE_LIMIT,
                    last.exec_id,
                    f"Filled at ${last.price.normalize():f}, beyond the limit of ${ordered.limit.normalize():f}.",
                )
            )
        if ordered.trade_on is not None and last.trade_on != ordered.trade_on:
            faults.append(
                Fault(
                    Flaw.OTHER_DAY,
                    last.exec_id,
                    f"Traded on {figures.day(last.trade_on)}; the order was for {figures.day(ordered.trade_on)} only.",
                )
            )
    executions.sort(key=lambda one: one.key)
    return executions, faults


def _linked(traded: list[Report]) -> list[tuple[list[Report], list[Fault]]]:
    """Reports about one execution, put together: a correction or a bust with what it names, link by link."""
    target = {one.key: _target(one, traded) for one in traded}
    groups: dict[Key | tuple[str, Key], list[Report]] = defaultdict(list)
    faults: dict[Key | tuple[str, Key], list[Fault]] = defaultdict(list)
    for one in traded:
        key, passed = one.key, []
        while key is not None and key not in passed:
            passed.append(key)
            following = target.get(key)
            if following is None:
                break
            key = following
        root: Key | tuple[str, Key] = key
        if target.get(key) is not None:  # It came back to where it had been.
            root = ("circle", min(passed[passed.index(key) :]))
            faults[root].append(Fault(Flaw.CIRCLE, one.exec_id, "Corrections name each other in a circle."))
        groups[root].append(one)
    # Corrections of one fill that has not come are about one execution too.
    unseen: dict[Key, Key] = {}
    for root, group in sorted(groups.items(), key=lambda each: _rank(min(each[1], key=_rank))):
        first = next((one for one in group if one.key == root), None)
        if first is None or first.kind is Kind.FILL:
            continue
        place = (first.broker, first.account, first.trade_on, first.corrects)
        faults[root].append(
            Fault(
                Flaw.UNSEEN,
                first.exec_id,
                f"It changes the fill {first.corrects or 'without an id'}, which has not been reported.",
            )
        )
        if first.corrects and place in unseen:
            groups[unseen[place]] += group
            faults[unseen[place]] += faults[root]
            groups[root] = []
        else:
            unseen[place] = first.key
    return [(group, faults[root]) for root, group in groups.items() if group]


def _target(report: Report, traded: Iterable[Report]) -> Key | None:
    """The key of the report that a correction names: of its trade day, else the only one of that id."""
    if report.kind is Kind.FILL or not report.corrects:
        return None
    named = [
        one.key
        for one in traded
        if one.key != report.key
        and (one.broker, one.account, one.exec_id) == (report.broker, report.account, report.corrects)
    ]
    same_day = [key for key in named if key[2] == report.trade_on]
    if same_day:
        return same_day[0]
    return named[0] if len(named) == 1 else None


def _timing(about: Iterable[Report]) -> list[Fault]:
    """Fills that are later than the end of their order."""
    ended = [one for one in about if one.kind in ENDS]
    if not ended:
        return []
    end = min(one.transacted_at for one in ended)
    return [
        Fault(Flaw.AFTER_ITS_END, one.exec_id, "Filled after the broker had reported the order's end.")
        for one in about
        if one.kind is Kind.FILL and one.transacted_at > end
    ]


def _counts(about: Iterable[Report], filled: Decimal) -> list[Fault]:
    """Whether the broker's own count agrees, as its last reports have it."""
    counted = [one for one in about if one.cumulative is not None]
    if not counted:
        return []
    last = max(one.transacted_at for one in counted)
    theirs = {one.cumulative for one in counted if one.transacted_at == last}
    if filled in theirs:
        return []
    says = ", ".join(_shares(one) for one in sorted(one for one in theirs if one is not None))
    return [
        Fault(
            Flaw.COUNTS_DIFFER,
            "",
            f"The broker counts {says} shares filled and its reports add up to {_shares(filled)}.",
        )
    ]


def _state(ordered: Ordered, about: Iterable[Report], filled: Decimal) -> State:
    kinds = {one.kind for one in about}
    if filled >= ordered.quantity:
        return State.FILLED
    if filled > ZERO:
        return State.PART_FILLED if kinds & ENDS else State.PARTLY_FILLED
    if Kind.REJECTED in kinds:
        return State.REJECTED
    if Kind.CANCELED in kinds:
        return State.CANCELED
    if kinds & ENDS:
        return State.EXPIRED
    return State.WORKING if kinds else State.SILENT


def _is_outside(side: str, price: Decimal, limit: Decimal) -> bool:
    return price > limit if side == "buy" else price < limit


def _says(report: Report) -> tuple[object, ...]:
    """What a report says, apart from its words and its clock: a repetition may differ in those."""
    return report.kind, report.symbol, report.side, report.quantity, report.price, report.corrects


def _rank(report: Report) -> tuple[object, ...]:
    """An order of reports that depends on nothing but them."""
    return (
        report.transacted_at,
        report.kind is Kind.BUSTED,
        report.key,
        report.kind,
        report.symbol,
        report.side,
        report.quantity,
        report.price is not None,
        report.price or ZERO,
        report.corrects,
        report.text,
    )


def _shares(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"
