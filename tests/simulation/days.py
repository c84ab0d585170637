"""One market day after another: the morning's decisions, orders by file and by FIX, what they fetch, and the evening's files and jobs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN
from decimal import Decimal as D
from pathlib import Path
from typing import TypeVar

from advisory.schedule import JOBS
from clients.models import CustodianFile
from compliance.clock import EASTERN
from rebalancing import market_days, tasks
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Order, OrderLot, Proposal
from tests import clock
from tests.clock import LAST_FRIDAY
from tests.simulation import faults
from tests.simulation import firm as firms
from tests.simulation.books import divided
from tests.simulation.broker import Broker
from tests.simulation.custodians import Custodians, packed_again
from tests.simulation.desk import Desk
from tests.simulation.faults import QUIET, Trouble
from tests.simulation.firm import BY_FILE, BY_FIX, Firm
from tests.simulation.issuers import Issuers
from tests.simulation.market import CENT, Market
from tests.simulation.sockets import BrokerOverSockets

Answer = TypeVar("Answer")
SOURCES_MAY_DIFFER = D("0.03")
"""The firm's figure as shipped (`price_figures`)."""
NOT_AT_NIGHT = frozenset(
    {
        *(
            "canary",
            "verify the audit trail",
            "tell compliance of a broken trail",
            "write the trail's checkpoint",
        ),
        "bring the demonstration to the last close",
    }
)


@dataclass
class World:
    """The firm, the market, custodians and broker. `now` is what the product's clock says too."""

    seed: int
    folder: Path
    has_trouble: bool = False
    purchases_wait: str = ""
    """What the firm has set of purchases that wait for their account's sales; empty: as shipped."""
    is_over_sockets: bool = False
    """Whether the FIX session is the real one, with a process that is killed; it takes seconds a day."""
    now: datetime = clock.SUNDAY_NOON
    lived: list[date] = field(default_factory=list)
    trouble: Trouble = QUIET
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.market = Market(self.seed, LAST_FRIDAY)
        self.custodians = Custodians(self.market)
        clock.set_clock(self.now)
        session = firms.opens(self.custodians, self.seed, purchases_wait=self.purchases_wait)
        self.issuers = Issuers(self.seed)
        self.firm = Firm(lambda: self.now)
        self.desk = Desk(self.market, lambda: self.now, self.firm.tries)
        self.broker: Broker = (
            BrokerOverSockets(self.folder, session, self._quote, lambda: self.now, self.seed)
            if self.is_over_sockets
            else Broker(self.folder, session, self._quote, lambda: self.now)
        )
        self.chance = random.Random(f"{self.seed}/people")
        self.deaths: random.Random | None = None
        self.late: list[tuple[str, date, str, bytes]] = []
        """Files that come the next morning."""
        self.booked: dict[str, tuple[D, D, tuple[tuple[str, str, D], ...]]] = {}
        """What the FIX custodian has booked of each block: shares, dollars and the allocation."""

    def _quote(self, symbol: str) -> tuple[D, D]:
        name = self.market.named(symbol)
        close = self.market.before(name, self.now.astimezone(EASTERN).date())
        return close, D(self.market.known[name].half_spread_bps) / 10_000

    def does(self, act: Callable[[], Answer], *, may_fork: bool = False) -> Answer:
        """Something that a process does, which may die on the way and is then done again."""
        return faults.survived(act, self.deaths, may_fork=may_fork)

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
            if self.has_trouble:
                self.trouble = faults.of(self.seed, day, (BY_FILE, BY_FIX))
                if self.is_over_sockets:
                    self.trouble = replace(self.trouble, is_overnight=False)
                self.told.append(f"{day}: {self.trouble.words}")
                self.deaths = random.Random(f"{self.seed}/deaths/{day}") if self.trouble.kills else None
            self.is_at(day, 8)
            if day.year != before.year:
                self.firm.confirms_the_year(day.year)
            self.lives(day)
            self.lived.append(day)
            yield day

    def lives(self, day: date) -> None:
        """One market day from its morning to the end of the night's jobs."""
        if isinstance(self.broker, BrokerOverSockets):
            self.broker.a_day_begins()
        self.what_came_overnight(before=day)
        if self.has_trouble:
            self.issuers_act(day)
        self.is_at(day, 10, 15)
        self.people_decide()
        self.is_at(day, 10, 30)
        self.broker.book.set_setting("trouble", self.trouble.broker)
        self.does(self.firm.releases)
        self.orders_are_worked(day)
        self.market.passes(day)
        self.custodians.works_files(day, self._part(day), takes_told_lots=not self.trouble.takes_other_lots)
        self.fix_trades_are_booked()
        self.custodians.pays_dividends(day)
        self.money_moves(day)
        if self.trouble.is_restated:
            self.custodians.restates_a_lot(random.Random(f"{self.seed}/restated/{day}"))
        self.evening(day)

    def issuers_act(self, day: date) -> None:
        """What takes effect this morning is booked by custodians; what is decided is heard of, and worked by the desk."""
        events = self.issuers.on(day)
        self.market.begins(day, events)
        for event in events:
            self.told.append(f"{day}: {event.words}")
            self.custodians.books_action(event)
        count = len(self.issuers.events)
        self.issuers.passes(day, self.market.closes[self.market.days[-1]])
        for event in self.issuers.events[count:]:
            if event.other:
                self.market.lists(event.other, day)
                self.desk.lists(event)
        self.desk.works_actions(day, self.issuers.events)
        self.desk.says_what_is_shown(lambda number: self.custodians.books[number].told_on)
        self.desk.decides_prices()

    # ── The morning ──────────────────────────────────────────────────────────────────────────────

    def what_came_overnight(self, *, before: date) -> None:
        """Files and reports that should have come yesterday; then people work what differs."""
        for custodian, day, name, content in self.late:
            self.receives(custodian, day, name, content)
        if self.late:
            self.does(tasks.reconcile, may_fork=True)
        self.late.clear()
        if self.broker.reaches_us():
            self.does(tasks.take_reports, may_fork=True)
            self.broker.is_told()
        self.firm.works_breaks(before=before)

    def people_decide(self) -> None:
        """Most of what waits is approved, some of it rejected, withdrawn or left for another day."""
        for proposal in Proposal.objects.filter(state=Proposal.State.IN_REVIEW).order_by("pk"):
            drawn = self.chance.random()
            if drawn < 0.80:
                self.does(lambda one=proposal: self.firm.approves(one))  # type: ignore[misc]
            elif drawn < 0.85:
                self.does(lambda one=proposal: self.firm.rejects(one))  # type: ignore[misc]
            elif drawn < 0.90:
                self.does(lambda one=proposal: self.firm.withdraws(one))  # type: ignore[misc]

    def orders_are_worked(self, day: date) -> None:
        """The broker acknowledges and fills in its time; workers take what it says; at the close the rest expires."""
        self.orders_leave(day)
        if self.firm.answers_for_what_is_held():
            self.orders_leave(day)
        for minutes in (1, 1, 1, 1, 60, 60):
            self.later(minutes)
            self.a_turn(day)
        closed = market_days.closed_at(day)
        self.is_at(day, closed.hour, closed.minute + 1)
        for _ in range(3):
            self.a_turn(day)
            self.later(1)

    def orders_leave(self, day: date) -> None:
        self.does(tasks.send_orders)
        if self.trouble.forgets_files:
            return
        for files in self.does(lambda: self.firm.takes_files(day)):
            self.custodians.take_files(files, day)

    def a_turn(self, day: date) -> None:
        """What is decided leaves, and what the broker says is taken."""
        self.does(self.broker.is_told)
        self.broker.says()
        if self.trouble.is_overnight and self.now.astimezone(EASTERN).hour >= 11:
            return
        shuffled = random.Random(f"{self.seed}/wire/{self.now}") if self.trouble.is_shuffled else None
        if self.does(lambda: self.broker.reaches_us(shuffled)):
            self.does(tasks.take_reports, may_fork=True)
            if self.now < market_days.closed_at(day):
                self.orders_leave(day)

    # ── The evening ──────────────────────────────────────────────────────────────────────────────

    def _part(self, day: date) -> dict[str, D]:
        """What the custodian who works files executes of some orders: half of them, or nothing."""
        if not self.trouble.works_part_of_files:
            return {}
        chance = random.Random(f"{self.seed}/part/{day}")
        found = {}
        for on, one in self.custodians.instructed:
            drawn = chance.random()
            if on == day and drawn < 0.5:
                found[one.reference] = D(0) if drawn < 0.25 else (one.shares / 2).quantize(D(1), ROUND_DOWN)
        return found

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
            # FIX has no field for lots: a trader tells them from the lot sheet.
            lots = [
                (use.lot.key, use.quantity)
                for use in OrderLot.objects.filter(order=order).select_related("lot").order_by("pk")
                if self.custodians.books[number].is_taxable
            ]
            signed = count if order.side == "buy" else -count
            self.custodians.trades(
                number, self.market.named(order.security.symbol), signed, shared[name], day, order=name, lots=lots,
                takes_told_lots=not self.trouble.takes_other_lots,
            )  # fmt: skip

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
            # Nobody takes out what purchases on their way will need.
            reserved = sum((one for one in book.to_settle(day).values() if one < 0), D(0))
            free = (min(book.cash(), book.cash(settled_by=day)) + reserved) / 2
            dollars = min(D(chance.randrange(5, 100)) * 100, free.quantize(D(100), ROUND_DOWN))
            if dollars > 0:
                self.custodians.moves_money(number, -dollars, day, "withdrawal")

    def evening(self, day: date) -> None:
        closed = market_days.closed_at(day)
        self.is_at(day, closed.hour + 1, 0)
        for custodian in (BY_FILE, BY_FIX):
            name, content = self.custodians.bundle(custodian, day, self._wrong_prices(custodian, day))
            if custodian == self.trouble.missing:
                if self.trouble.is_late:
                    self.late.append((custodian, day, name, content))
                continue
            self.receives(custodian, day, name, content)
            if custodian == self.trouble.twice:
                self.receives(custodian, day, name, content)
                self.receives(custodian, day, f"again-{name}", packed_again(content))
        if self.trouble.is_price_old:
            self.an_old_feed_comes(day)
        self.night()

    def _wrong_prices(self, custodian: str, day: date) -> dict[str, D]:
        """The prices of a custodian's file that are not the market's."""
        if custodian != self.trouble.wrong_price:
            return {}
        if self.trouble.is_price_old:
            before = new_york().session_before(day)
            old = {name: self.market.closes[before].get(name) for name in self.market.funds}
            # What is nearer than two sources may be is taken for right, and can leave an account short (docs/limits.md).
            return {
                name: price
                for name, price in old.items()
                if price is not None and abs(price / self.market.price(name, day) - 1) > SOURCES_MAY_DIFFER
            }
        name = random.Random(f"{self.seed}/priced/{day}").choice(sorted(self.market.funds))
        return {name: max(CENT, (self.market.price(name, day) * D(self.trouble.price_times)).quantize(CENT))}

    def an_old_feed_comes(self, day: date) -> None:
        """Prices of a day gone by, sent as the newest: they must be asked about before they are loaded."""
        before = new_york().session_before(day)
        rows = [
            f"{self.market.symbol(name, day)},{before},{price},feed"
            for name, price in self.market.closes[before].items()
            if name in self.market.funds
        ]
        said = self.desk.refuses_old_prices(day, rows)
        assert any("are on record already" in one for one in said), said

    def receives(self, custodian: str, day: date, name: str, content: bytes) -> None:
        file = self.does(lambda: self.firm.hands_in(name, content), may_fork=True)
        assert file.state == CustodianFile.State.LOADED, (name, file.state, file.faults)
        self.custodians.arrived(custodian, day)

    def night(self) -> None:
        """Every job of the schedule, and the workers until nothing is left."""
        for _ in range(2):
            for job in JOBS:
                if job.name not in NOT_AT_NIGHT:
                    self.does(job.task, may_fork=job.task != tasks.send_orders)
            self.does(self.firm.works, may_fork=True)
            self.later(15)
        # What a worker that died had in hand is free again after its lease, and somebody lives long enough to take it.
        tasks.sweep()
        self.firm.works()
