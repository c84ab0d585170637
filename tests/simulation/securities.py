"""What is true of securities after every day: what issuers did is seen through, and no wrong price is taken for a right one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

from clients.models import ActionAccount, Price, Security
from clients.securities import securities
from rebalancing.engine.market.calendars import new_york
from rebalancing.market_days import new_york_date
from rebalancing.models import Break, Order
from tests.simulation.days import World

GAP = D("0.03")
"""Prices of two sources that are no further apart are not asked about, as the firm is shipped."""


def actions_are_seen_through(world: World, day: date) -> None:
    """Once two people have agreed, an action ends in each account with the file that shows it."""
    for event in world.issuers.events:
        row = world.desk.standing(event)
        if row is None or not hasattr(row, "agreement") or event.kind == "symbol_change" or event.on > day:
            continue
        for one in ActionAccount.objects.filter(action=row).select_related("account"):
            told_on = world.custodians.books[one.account.number].told_on or date.min
            if told_on < max(event.on, event.agreed_on) or not one.shares_before:
                continue
            is_asked = one.state == "unclear" and day <= new_york().session_after(
                max(told_on, event.agreed_on)
            )
            assert one.state == "shown" or is_asked, (event.words, str(one.account), one.state, one.sentence)


def nobody_trades_into_an_action(world: World) -> None:
    """No order of ours is executed on the day of an action that was announced before it."""
    days = {
        (name, event.on): event
        for event in world.issuers.events
        if event.told_on is not None and event.told_on < event.on
        for name in event.names
    }
    for book in world.custodians.books.values():
        for one in book.moves:
            event = days.get((one.symbol, one.traded_on))
            assert event is None or not one.order, (book.number, one, event)


def is_not_agreed_to_yet(world: World, row: Break) -> bool:
    """Whether a break is about what an issuer did and the desk does not know rightly yet."""
    for event in world.issuers.events:
        standing = world.desk.standing(event)
        is_known = standing is not None and hasattr(standing, "agreement")
        names = {symbol for name in event.names for symbol in world.market.symbols(name)}
        if event.on <= world.now.date() and not is_known and any(name in row.about for name in names):
            return True
    return False


def prices_are_right_or_in_dispute(world: World, day: date) -> None:
    """The price that counts for a day is the market's, within the gap that two sources may differ by; else somebody is asked."""
    asked = set(
        Price.objects.filter(standing="disputed", as_of_on=day).values_list("security__symbol", flat=True)
    )
    keys = {one.pk: one.symbol for one in Security.objects.all()}
    for key, price in securities.prices_on(day).items():
        name = world.market.named(keys[key])
        if price.as_of_on != day or keys[key] in asked or name not in world.market.closes[day]:
            continue
        right = world.market.price(name, day)
        assert abs(price.price / right - 1) <= GAP, (keys[key], day, price.source, price.price, right)


def nothing_was_ordered_at_a_wrong_price(world: World, day: date) -> None:
    """What was released for today was planned at a close of the market: of the day its revision was made, or of one shortly before.

    The day that a revision states for its prices is the oldest of them, which another security can have.
    """
    rows = Order.objects.filter(block__trade_on=day).select_related(
        "proposed__security", "proposed__revision"
    )
    for order in rows:
        proposed = order.proposed
        name = world.market.named(proposed.security.symbol)
        oldest, newest = proposed.revision.prices_as_of_on, new_york_date(proposed.revision.created_at)
        near = [
            closes[name]
            for on, closes in world.market.closes.items()
            if oldest - timedelta(days=5) <= on <= newest and name in closes
        ]
        away = min(abs(proposed.price / price - 1) for price in near)
        assert away <= GAP, (order.reference, proposed.price, oldest, newest, near)
