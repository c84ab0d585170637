"""One market day after another: the morning's decisions, orders by file and by FIX, what they fetch, and the evening's files and jobs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP
from decimal import Decimal as D
from pathlib import Path

from advisory.schedule import JOBS
from clients.models import CustodianFile
from compliance.clock import EASTERN
from rebalancing import market_days, tasks
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Order, OrderLot, Proposal
from tests import clock
from tests.clock import LAST_FRIDAY
from tests.simulation import firm as firms
from tests.simulation.broker import Broker
from tests.simulation.custodians import Custodians, divided
from tests.simulation.firm import BY_FILE, BY_FIX, Firm
from tests.simulation.market import FUNDS, Market

NOT_AT_NIGHT = frozenset(
    {
        "canary",
        "verify the audit trail",
        "write the trail's checkpoint",
        "bring the demonstration to the last close",
    }
)


@dataclass
class World:
    """The firm, the market, custodians and broker. `now` is what the product's clock says too."""

    seed: int
    folder: Path
    now: datetime = clock.SUNDAY_NOON
    lived: list[date] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.market = Market(self.seed, LAST_FRIDAY)
        self.custodians = Custodians(self.market)
        clock.set_clock(self.now)
        session = firms.opens(self.custodians, self.seed)
        self.firm = Firm(lambda: self.now)
        self.broker = Broker(self.folder, session, self._quote, lambda: self.now)
        self.chance = random.Random(f"{self.seed}/people")
        self.booked: dict[str, tuple[D, D, tuple[tuple[str, str, D], ...]]] = {}
        """What the FIX custodian has booked of each block: shares, dollars and the allocation."""

    def _quote(self, symbol: str) -> tuple[D, D]:
        close = self.market.price(symbol, new_york().session_before(self.now.astimezone(EASTERN).date()))
        return close, D(FUNDS[symbol].half_spread_bps) / 10_000

    # ── Time ─────────────────────────────────────────────────────────────────────────────────────

    def is_at(self, day: date, hour: int, minute: int = 0) -> None:
        self.now = datetime.combine(day, time(hour, minute), tzinfo=EASTERN)
        clock.set_clock(self.now)

    def later(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        clock.set_clock(self.now)

    def days(self, count: int) -> Iterator[date]:
        """So many market days, each lived through; the caller looks at the record after each."""
        day = self.lived[-1] if self.lived else LAST_FRIDAY
        for _ in range(count):
            before, day = day, new_york().session_after(day)
            if day.year != before.year:
                self.is_at(day, 8)
                self.firm.confirms_the_year(day.year)
            self.lives(day)
            self.lived.append(day)
            yield day

    def lives(self, day: date) -> None:
        """One market day from its morning to the end of the night's jobs."""
        self.is_at(day, 10, 15)
        self.people_decide()
        self.is_at(day, 10, 30)
        self.firm.releases()
        tasks.send_orders()
        for files in self.firm.takes_files():
            self.custodians.take_files(files, day)
        self.orders_are_worked(day)
        self.market.passes(day)
        self.custodians.works_files(day, {})
        self.fix_trades_are_booked()
        self.custodians.pays_dividends(day)
        self.money_moves(day)
        self.evening(day)

    # ── The morning ──────────────────────────────────────────────────────────────────────────────

    def people_decide(self) -> None:
        """Most of what waits is approved, some of it rejected, withdrawn or left for another day."""
        for proposal in Proposal.objects.filter(state=Proposal.State.IN_REVIEW).order_by("pk"):
            drawn = self.chance.random()
            if drawn < 0.80:
                self.firm.approves(proposal)
            elif drawn < 0.85:
                self.firm.rejects(proposal)
            elif drawn < 0.90:
                self.firm.withdraws(proposal)

    def orders_are_worked(self, day: date) -> None:
        """The broker acknowledges and fills in its time; workers take what it says; at the close the rest expires."""
        for minutes in (1, 1, 1, 1, 60, 60):
            self.later(minutes)
            self.a_turn()
        closed = market_days.closed_at(day)
        self.is_at(day, closed.hour, closed.minute + 1)
        for _ in range(3):
            self.a_turn()
            self.later(1)

    def a_turn(self) -> None:
        self.broker.is_told()
        self.broker.says()
        if self.broker.reaches_us():
            tasks.take_reports()

    # ── The evening ──────────────────────────────────────────────────────────────────────────────

    def fix_trades_are_booked(self) -> None:
        """The custodian books each block as its broker executed it and as we allocated it; until then it stays with the broker."""
        allocated = self.broker.allocated()
        for reference, (day, shares, dollars) in self.broker.executed().items():
            parts = allocated.get(reference)
            if not shares or parts is None or sum(one for _, _, one in parts) != shares:
                continue
            state = (shares, dollars, tuple(parts))
            if reference in self.booked:
                assert self.booked[reference] == state, (reference, self.booked[reference], state)
                continue
            self.booked[reference] = state
            self._book(day, dollars, parts)

    def _book(self, day: date, dollars: D, parts: list[tuple[str, str, D]]) -> None:
        orders = {
            one.reference: one for one in Order.objects.filter(reference__in=[name for _, name, _ in parts])
        }
        shared = divided(dollars, {order: count for _, order, count in parts})
        for number, name, count in sorted(parts):
            order = orders[name]
            lots = [
                (use.lot.key, use.quantity)
                for use in OrderLot.objects.filter(order=order).select_related("lot").order_by("pk")
                if self.custodians.books[number].is_taxable
            ]
            signed = count if order.side == "buy" else -count
            self.custodians.trades(
                number, order.security.symbol, signed, shared[name], day, order=name, lots=lots
            )

    def money_moves(self, day: date) -> None:
        """Some clients pay in, some take out: never more than half of the cash that is there and settled."""
        chance = random.Random(f"{self.seed}/flows/{day}")
        for number, book in sorted(self.custodians.books.items()):
            drawn = chance.random()
            if not book.is_taxable or drawn > 0.08:
                continue
            if drawn < 0.04:
                self.custodians.moves_money(number, D(chance.randrange(5, 300)) * 100, day, "deposit")
                continue
            free = min(book.cash(), book.cash(settled_by=day)) / 2
            dollars = min(D(chance.randrange(5, 100)) * 100, free.quantize(D(100), ROUND_HALF_UP) - 100)
            if dollars > 0:
                self.custodians.moves_money(number, -dollars, day, "withdrawal")

    def evening(self, day: date) -> None:
        closed = market_days.closed_at(day)
        self.is_at(day, closed.hour + 1, 0)
        for custodian in (BY_FILE, BY_FIX):
            name, content = self.custodians.bundle(custodian, day)
            self.receives(custodian, day, name, content)
        self.night()

    def receives(self, custodian: str, day: date, name: str, content: bytes) -> None:
        file = self.firm.hands_in(name, content)
        assert file.state == CustodianFile.State.LOADED, (name, file.state, file.faults)
        self.custodians.arrived(custodian, day)

    def night(self) -> None:
        """Every job of the schedule, and the workers until nothing is left."""
        for _ in range(2):
            for job in JOBS:
                if job.name not in NOT_AT_NIGHT:
                    job.task()
            self.firm.works()
            self.later(15)
