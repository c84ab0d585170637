"""The demonstration goes on: each day drawn from its seed, brought in as files, scanned, and the same on every machine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal as D
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from advisory import tasks
from advisory.showroom.demo import families, firm, markets
from advisory.showroom.demo.days import account_days, coming_prices, day_files, troubles
from advisory.showroom.demo.days.account_days import Execution
from advisory.showroom.demo.holdings import Contents
from clients.custodians.kinds import TransactionKind
from clients.models import Account, Price, TaxLot, Transaction
from compliance.models import AuditEvent
from rebalancing import market_days
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Order, Proposal, Reading, ScanRun
from rebalancing.portfolios import open_orders
from tests.clock import LAST_FRIDAY, set_clock

SEED = 7
MONDAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def market() -> markets.Market:
    return markets.draw(seed=SEED, as_of=LAST_FRIDAY)


@pytest.fixture(scope="module")
def filled(market: markets.Market) -> list[Contents]:
    return firm.fill(families.draw(seed=SEED, count=12, as_of=LAST_FRIDAY), market, seed=SEED)


def some(filled: list[Contents]) -> list[Contents]:
    return [account_days.named(held) for held in filled]


def a_day(
    filled: list[Contents], market: markets.Market, trouble: troubles.Trouble = troubles.NONE
) -> dict[str, bytes]:
    after = coming_prices.next_day(market, MONDAY, seed=SEED, trouble=trouble)
    contents = some(filled)
    told = {
        held.account.number: account_days.live(held, after, seed=SEED, executions=(), trouble=trouble)
        for held in contents
    }
    written = [
        day_files.prices(after, trouble=trouble),
        *day_files.write(contents, told, after, trouble=trouble),
    ]
    return {one.name: one.content for one in written}


def test_two_machines_draw_the_same_days(filled: list[Contents], market: markets.Market) -> None:
    assert a_day(filled, market) == a_day(filled, market)
    other = coming_prices.next_day(market, MONDAY, seed=8, trouble=troubles.NONE)
    assert other.closes != coming_prices.next_day(market, MONDAY, seed=SEED, trouble=troubles.NONE).closes


def test_prices_move_as_prices_do(market: markets.Market) -> None:
    after = coming_prices.next_day(market, MONDAY, seed=SEED, trouble=troubles.NONE)

    moves = [abs(after.price(symbol) / market.price(symbol) - 1) for symbol in market.closes]
    assert after.as_of == MONDAY
    assert after.sessions[:-1] == market.sessions
    assert 0 < max(moves) < D("0.15")


def test_trouble_is_a_missing_file_a_late_price_a_split_and_bases(
    filled: list[Contents], market: markets.Market
) -> None:
    advisors = tuple({held.family.advisor for held in filled})
    trouble = troubles.of(MONDAY, seed=SEED, advisors=advisors, symbols=tuple(market.closes))
    usual, troubled = a_day(filled, market), a_day(filled, market, trouble)

    assert set(usual) - set(troubled) == {f"book-{trouble.missing}-{MONDAY}.zip"}
    assert f"\n{trouble.stale},".encode() not in troubled[f"prices-{MONDAY}.csv"]
    after = coming_prices.next_day(market, MONDAY, seed=SEED, trouble=trouble)
    assert after.price(trouble.split) < market.price(trouble.split) * D("0.7")
    assert len(trouble.words) == 6


def test_a_split_doubles_the_shares_and_keeps_the_basis(
    filled: list[Contents], market: markets.Market
) -> None:
    held = next(one for one in some(filled) if one.shares())
    symbol, shares = next(iter(held.shares().items()))
    basis = sum(lot.basis or 0 for lot in held.lots if lot.symbol == symbol)
    trouble = replace(troubles.NONE, split=symbol)
    after = coming_prices.next_day(market, MONDAY, seed=SEED, trouble=trouble)
    told = account_days.live(held, after, seed=SEED, executions=(), trouble=trouble)

    assert held.shares()[symbol] == shares * 2
    assert abs(sum(lot.basis or 0 for lot in held.lots if lot.symbol == symbol) - basis) <= len(held.lots)
    assert TransactionKind.SPLIT in {row.kind for row in told.transactions}


def test_orders_come_back_as_transactions_lots_and_cash(
    filled: list[Contents], market: markets.Market
) -> None:
    held = next(one for one in some(filled) if len(one.shares()) > 1 and not one.account.is_plan)
    symbol = next(iter(held.shares()))
    lot = next(lot for lot in held.lots if lot.symbol == symbol)
    before, cash = held.shares()[symbol], held.cash
    after = coming_prices.next_day(market, MONDAY, seed=SEED, trouble=troubles.NONE)
    sale = Execution(
        held.account.number, symbol, True, lot.quantity, "S-1", price=D(50), lots=((lot.key, lot.quantity),)
    )
    told = account_days.live(held, after, seed=SEED, executions=[sale], trouble=troubles.NONE)

    assert held.shares().get(symbol, D(0)) == before - lot.quantity
    assert lot.key not in {one.key for one in held.lots}
    assert told.unsettled == (lot.quantity * 50).quantize(D("0.01"))
    assert held.cash - cash >= told.unsettled
    greedy = Execution(held.account.number, symbol, False, D(10_000_000), "B-1")
    account_days.live(held, after, seed=SEED, executions=[greedy], trouble=troubles.NONE)
    assert 0 <= held.cash < market.price(symbol) * 2


@pytest.mark.django_db
def test_a_record_that_is_no_demonstration_is_left_alone() -> None:
    tasks.demo_days()
    with pytest.raises(CommandError, match="not a demonstration"):
        call_command("demo_day")
    assert not Price.objects.exists()


HOUSEHOLDS = 6


@pytest.mark.thorough
@pytest.mark.django_db
def test_ten_days_of_the_demonstration(settings: Any, tmp_path: Path) -> None:
    """From a Sunday on: what was released is carried out on Monday, one day has trouble, nobody decides, and it goes on."""
    settings.MEDIA_ROOT = str(tmp_path)
    set_clock(datetime.combine(LAST_FRIDAY + timedelta(days=2), time(17), tzinfo=UTC))
    quiet = {"stdout": StringIO(), "stderr": StringIO()}
    call_command("demo", households=HOUSEHOLDS, as_of=LAST_FRIDAY, scan_here=True, **quiet)
    sent = list(Order.objects.select_related("account", "security").prefetch_related("lots__lot"))
    assert sent
    assert Proposal.objects.filter(state__in=Proposal.OPEN_STATES).exists()

    days = new_york().sessions_between(MONDAY, date(2026, 12, 7))
    assert len(days) == 10
    for place, day in enumerate(days):
        set_clock(market_days.closed_at(day) + timedelta(hours=1))
        assert _added(trouble=place == 4).startswith(f"{day}: ")
        assert Price.objects.filter(as_of_on=day).exists()
        run = ScanRun.objects.get(market_on=day, scan="daily")
        assert run.readings.count() == HOUSEHOLDS
        assert not run.readings.filter(outcome=Reading.Outcome.FAILED).exists()
        if place == 0:
            _carried_out(sent)
    events = AuditEvent.objects.filter(action="demo.day").order_by("seq")
    assert [json.loads(one.facts)["day"] for one in events] == [day.isoformat() for day in days]
    assert json.loads(events[4].facts)["trouble"]["split"]
    # Nobody decided: proposals were brought to each evening's prices, and ended at their end.
    assert AuditEvent.objects.filter(action__in=("proposal.repriced", "proposal.refreshed")).exists()
    assert Proposal.objects.filter(state="expired").exists()
    assert "Nothing was added" in _added()


def _added(**options: Any) -> str:
    out = StringIO()
    call_command("demo_day", stdout=out, **options)
    return out.getvalue()


def _carried_out(sent: list[Order]) -> None:
    """The files of the day show the orders: shares and cash moved, the instructed lots are gone, nothing is on its way."""
    for order in sent:
        told = Transaction.objects.filter(
            account=order.account, security=order.security, kind=order.side, traded_on=MONDAY
        )
        assert told.exists(), order
        for use in order.lots.all():
            lot = TaxLot.objects.get(pk=use.lot_id)
            assert lot.closed_on is not None or lot.quantity == use.lot.quantity - use.quantity
    accounts = Account.objects.filter(pk__in=[order.account_id for order in sent]).select_related("cash")
    assert open_orders.of(list(accounts)) == []
