"""A large withdrawal is coming (rule WNR-02): nothing is sold today that would be sold again, and nothing bought that would
be sold for it. It is raised once, from what is over target, in time to settle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from compliance.firm.cash_figures import RAISE_SLACK, SOON_AMOUNT, SOON_SHARE
from compliance.firm.firm_settings import InForce
from rebalancing.engine.documents.household import Account, Household
from rebalancing.engine.portfolio.cash_needs import HORIZON_DAYS
from rebalancing.engine.wording import dollars
from rebalancing.portfolios import money_due
from rebalancing.portfolios.money_due import Later
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import columns, spare_cash
from rebalancing.triggers.columns import Columns, Fact, Truth
from rebalancing.triggers.trigger import day_text
from rebalancing.waiting.look import Look
from rebalancing.waiting.reason import Effect, HoldReason, Owner

ZERO = Decimal(0)

CODE = "withdrawal_soon"
NEEDS = ("withdrawal", "days_until", "value", "window_days", "amount", "share")
"""Of an account: dollars that are to be raised on a later day, and the account's value."""


def fires(facts: Columns) -> Truth:
    """Within the window, and at least the firm's amount or its share of the account: the smaller of both."""
    is_large = columns.at_least(facts["withdrawal"], facts["amount"]) | columns.at_least(
        facts["withdrawal"], facts["share"] * facts["value"]
    )
    return is_large & ~columns.more_than(facts["days_until"], facts["window_days"])


def threshold(value: Decimal, *, amount: Decimal, share: Decimal) -> Decimal:
    """From how many dollars on a withdrawal is large for an account."""
    return min(share * value, amount)


def facts(
    withdrawal: Decimal, *, due_on: date, on: date, value: Decimal, amount: Decimal, share: Decimal
) -> dict[str, Fact]:
    return {
        "withdrawal": withdrawal,
        "days_until": (due_on - on).days,
        "value": value,
        "window_days": HORIZON_DAYS,
        "amount": amount,
        "share": share,
    }


def find(look: Look) -> tuple[HoldReason, ...]:
    """The hold of each account that is to pay out much and does not hold it, where its day has not come yet. Money that
    comes in or is due out elsewhere moves all the same, and nothing else.
    """
    household, figures = look.portfolio.household, look.figures
    effect = Effect.PARTLY if spare_cash.only_cash(look.triggers) else Effect.HOLDS
    by_account: dict[str, list[Later]] = {}
    for one in money_due.later(household, slack=figures.of(RAISE_SLACK)):
        by_account.setdefault(one.account.id, []).append(one)
    found = []
    for due in by_account.values():
        told = _facts_of(due, household, figures)
        if columns.holds(fires, **told):
            value, amount, share = told["value"], figures.of(SOON_AMOUNT), figures.of(SOON_SHARE)
            assert isinstance(value, Decimal), "computed above"
            found.append(_hold(due, effect, threshold=threshold(value, amount=amount, share=share)))
    return tuple(found)


def beside(noted: Iterable[HoldReason]) -> tuple[HoldReason, ...]:
    """The same where nothing else calls for a trade: what waits is the raising itself, and it holds nothing else back."""
    return tuple(
        replace(one, effect=Effect.PARTLY) if one.effect is Effect.HOLDS else one
        for one in noted
        if one.code == CODE
    )


def _facts_of(due: list[Later], household: Household, figures: InForce) -> dict[str, Fact]:
    return facts(
        sum((one.to_raise for one in due), ZERO),
        due_on=due[0].due_on,
        on=household.trade_on,
        value=_value(due[0].account, household),
        amount=figures.of(SOON_AMOUNT),
        share=figures.of(SOON_SHARE),
    )


def sentences(portfolio: Portfolio) -> str:
    """What is raised on a later day, for the record: each with its day, after a space."""
    slack = portfolio.rows.figures.of(RAISE_SLACK)
    return "".join(f" {_told(one)}" for one in money_due.later(portfolio.household, slack=slack))


def _hold(due: list[Later], effect: Effect, *, threshold: Decimal) -> HoldReason:
    first = due[0]
    return HoldReason(
        code=CODE,
        sentence=(
            f"{' '.join(_told(one) for one in due)} Until then nothing is sold in this household, and what would be sold "
            "for it is not bought."
        ),
        ends_on=first.raise_on,
        because=f"It ends on {day_text(first.raise_on)}, {first.raise_on.year}, when the money is raised, or when the withdrawal is called off.",
        owner=Owner.ADVISOR,
        figures={
            "account": first.account.id,
            "due_on": first.due_on.isoformat(),
            "raise_on": first.raise_on.isoformat(),
            "threshold": f"{threshold:.2f}",
            "to_raise": f"{sum((one.to_raise for one in due), ZERO):.2f}",
        },
        effect=effect,
        subject=first.account.id,
    )


def _told(one: Later) -> str:
    part = "it is" if one.to_raise == one.amount else f"{dollars(one.to_raise)} of it is"
    return (
        f"{dollars(one.amount)} is due out of {one.account.name} on {day_text(one.due_on)}; {part} raised from "
        f"{day_text(one.raise_on)}."
    )


def _value(account: Account, household: Household) -> Decimal:
    prices = {one.id: one.price for one in household.securities}
    held = sum(
        (lot.quantity * prices[lot.security] for lot in household.lots if lot.account == account.id), ZERO
    )
    return held + account.cash_settled + sum((part.amount for part in account.cash_unsettled), ZERO)
