"""Whether what was shown is still what is there: every input of a revision compared with the record of now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from compliance.refusals import Cause
from rebalancing import market_days, portfolios
from rebalancing.engine import household as document
from rebalancing.engine import reading
from rebalancing.models import Revision

PRICE_MOVE_MAX = Decimal("0.02")
"""A price may move this far, up or down, before a revision counts as stale (rule PTC-48)."""


def causes(
    revision: Revision, *, at: datetime
) -> tuple[portfolios.Portfolio | portfolios.NotFit, tuple[Cause, ...]]:
    """The portfolio as it is now, and everything that differs from what the revision was made on."""
    now = portfolios.load(
        revision.proposal.household,
        as_of_on=market_days.last_close(at),
        trade_on=market_days.trade_day(at),
    )
    if isinstance(now, portfolios.NotFit):
        return now, tuple(Cause(input="record", sentence=reason) for reason in now.reasons)
    shown = reading.read_household(revision.household_document)
    found = [
        *_policy(revision, now),
        *_prices(shown, now.household),
        *_lots(shown, now.household),
        *_accounts(shown, now.household),
    ]
    return now, tuple(found)


def _policy(revision: Revision, now: portfolios.Portfolio) -> Iterator[Cause]:
    before, after = revision.proposal.policy, now.policy
    if before.pk != after.pk:
        yield Cause(input="policy", shown=f"IPS {before.version}", now=f"IPS {after.version}")


def _prices(shown: document.Household, now: document.Household) -> Iterator[Cause]:
    today = {row.id: row.price for row in now.securities}
    held = {lot.security for lot in shown.lots}
    for row in shown.securities:
        price = today.get(row.id)
        if row.id in held and price is not None and abs(price / row.price - 1) > PRICE_MOVE_MAX:
            yield Cause(input=f"price of {row.symbol}", shown=f"{row.price:.2f}", now=f"{price:.2f}")


def _lots(shown: document.Household, now: document.Household) -> Iterator[Cause]:
    before = {lot.id: (lot.security, lot.quantity, lot.basis) for lot in shown.lots}
    after = {lot.id: (lot.security, lot.quantity, lot.basis) for lot in now.lots}
    symbols = {
        (before.get(key) or after[key])[0]
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }
    for symbol in sorted(symbols):
        yield Cause(input=f"lots of {symbol}", sentence=f"The tax lots of {symbol} have changed.")


def _accounts(shown: document.Household, now: document.Household) -> Iterator[Cause]:
    today = {account.id: account for account in now.accounts}
    facts: tuple[tuple[str, Callable[[document.Account], object]], ...] = (
        ("cash", lambda account: f"{account.cash_settled:.2f}"),
        ("minimum cash", lambda account: f"{account.minimum_cash:.2f}"),
        ("planned flows", lambda account: tuple((flow.on, flow.amount) for flow in account.flows)),
        ("permission to trade", lambda account: account.not_tradable_because or "may be traded"),
    )
    for before in shown.accounts:
        after = today.get(before.id)
        if after is None:
            yield Cause(input=before.name, sentence=f"{before.name} is closed.")
            continue
        for name, fact in facts:
            if fact(before) != fact(after):
                if isinstance(fact(before), str):
                    yield Cause(
                        input=f"{name} of {before.name}", shown=str(fact(before)), now=str(fact(after))
                    )
                else:
                    yield Cause(
                        input=f"{name} of {before.name}",
                        sentence=f"The {name} of {before.name} have changed.",
                    )
