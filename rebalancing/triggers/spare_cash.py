"""Cash above its target, with what is on record of how it came and since when it stands there.

Facts for the triggers of cash: `cash_arrived`, `cash_income` and `cash_idle`. What is kept for money due out is not spare,
nor is cash that no plan could place because its account is not traded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Sum

from clients.models import Transaction
from compliance.firm.cash_figures import CASH_AMOUNT, CASH_SHARE, CASH_WITHIN, INCOME_DAYS
from rebalancing.engine.market.calendars import new_york
from rebalancing.models import Reading
from rebalancing.portfolios.policy_terms import CASH_CLASS
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import cash_due, required_distribution
from rebalancing.triggers.columns import Column, Columns, Truth, at_least
from rebalancing.triggers.measures import Measure, Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)
ARRIVED, INCOME, IDLE = "cash_arrived", "cash_income", "cash_idle"
CODES = (ARRIVED, INCOME, IDLE)
"""Money that has come in waits for no look, as money that is due out does not."""

DEPOSITS = (
    Transaction.Kind.DEPOSIT,
    Transaction.Kind.TRANSFER_IN,
    Transaction.Kind.JOURNAL,
    Transaction.Kind.WITHDRAWAL,
    Transaction.Kind.TRANSFER_OUT,
)
PAID_OUT = (
    Transaction.Kind.DIVIDEND,
    Transaction.Kind.INTEREST,
    Transaction.Kind.GAIN_SHORT,
    Transaction.Kind.GAIN_LONG,
    Transaction.Kind.RETURN_OF_CAPITAL,
    Transaction.Kind.REINVESTMENT,
)
"""What funds and banks pay, less what was bought with it at once."""
READINGS_MAX = 400


def reaches(dollars: Column, facts: Columns) -> Truth:
    """Whether dollars reach the firm's amount, or its share of what is invested together: the smaller of both."""
    return at_least(dollars, facts["amount"]) | at_least(dollars, facts["share"] * facts["value"])


@dataclass(frozen=True)
class SpareCash:
    """Cash above target in the household, or in an account that is measured by itself (`account`)."""

    portfolio: Portfolio
    account: str | None
    cash: Decimal
    excess: Decimal
    investable: Decimal

    def reaches(self, amount: Decimal, share: Decimal) -> bool:
        """Whether what stands above target reaches an amount or a share: else nothing more is looked up."""
        return self.excess >= min(amount, share * self.investable)

    @property
    def where(self) -> str:
        """The end of a sentence: empty for the household."""
        names = {one.id: one.name or one.id for one in self.portfolio.household.accounts}
        return f" in {names[self.account]}" if self.account else ""

    @property
    def market_on(self) -> date:
        return self.portfolio.rows.as_of_on

    @cached_property
    def since(self) -> date:
        """The first market day whose deposits still count as new."""
        on = self.market_on
        for _ in range(self.portfolio.rows.figures.of(CASH_WITHIN)):
            on = new_york().session_before(on)
        return on

    @cached_property
    def came_in(self) -> Decimal | None:
        """Dollars that came in lately: deposits on record, or what cash has risen by. Unknown where neither is on record."""
        deposits = self._moved(DEPOSITS, since=self.since)
        earlier = [cash for on, cash, _, _ in self._history if on >= self.since]
        risen = None if not earlier else self.cash - min(earlier)
        return max((one for one in (deposits, risen) if one is not None), default=None)

    @cached_property
    def income(self) -> Decimal | None:
        """Dividends and interest of the firm's days that were not bought anew; unknown where none are on record."""
        days = self.portfolio.rows.figures.of(INCOME_DAYS)
        return self._moved(PAID_OUT, since=self.market_on - timedelta(days=days))

    @cached_property
    def idle_since(self) -> date | None:
        """The market day from which on every reading found so much spare cash; None where today is the first."""
        figures = self.portfolio.rows.figures
        amount, share = figures.of(CASH_AMOUNT), figures.of(CASH_SHARE)
        since = None
        for on, _, excess, investable in self._history:
            if excess < min(amount, share * investable):
                break
            since = on
        return since

    @property
    def idle_days(self) -> int | None:
        """How many market days it has stood there."""
        since = self.idle_since
        return None if since is None else len(new_york().sessions_between(since, self.market_on)) - 1

    def _moved(self, kinds: tuple[Transaction.Kind, ...], *, since: date) -> Decimal | None:
        accounts = [
            one.pk for one in self.portfolio.accounts if self.account is None or one.public_id == self.account
        ]
        found: Decimal | None = Transaction.objects.filter(
            account__in=accounts, kind__in=kinds, traded_on__gte=since, traded_on__lte=self.market_on
        ).aggregate(total=Sum("amount"))["total"]
        return found

    @cached_property
    def _history(self) -> list[tuple[date, Decimal, Decimal, Decimal]]:
        """Earlier readings, the latest first: the day, cash, cash above target, and what was invested together."""
        rows = (
            Reading.objects.filter(household=self.portfolio.rows.household, run__market_on__lt=self.market_on)
            .exclude(measures=[])
            .order_by("-run__market_on", "-pk")
            .values_list("run__market_on", "measures")[:READINGS_MAX]
        )
        return [(on, *told) for on, measures in rows if (told := _told(measures, self.account)) is not None]


def _told(measures: list[Mapping[str, Any]], account: str | None) -> tuple[Decimal, Decimal, Decimal] | None:
    own = [one for one in measures if one["account"] == account]
    cash = next((one for one in own if one["asset_class"] == CASH_CLASS), None)
    if cash is None:
        return None
    investable = sum((Decimal(one["value"]) for one in own), ZERO)
    value = Decimal(cash["value"])
    return value, value - Decimal(cash["target"]) * investable, investable


def of(portfolio: Portfolio, measured: Measured) -> Iterator[SpareCash]:
    """The cash above target, of the household or of each account that is measured by itself."""
    for one in measured.measures:
        if one.asset_class != CASH_CLASS:
            continue
        excess = min(_above_target(one), _placeable(portfolio, one.account))
        if excess > ZERO and excess >= portfolio.policy.minimum_trade:
            yield SpareCash(portfolio, one.account, one.value, excess, one.investable)


def _above_target(cash: Measure) -> Decimal:
    return cash.value - cash.target * cash.investable


def _placeable(portfolio: Portfolio, account: str | None) -> Decimal:
    """Free cash of the accounts that may be traded."""
    free = ZERO
    for one in portfolio.household.accounts:
        if one.tradable and account in (None, one.id):
            moves = sum((part.amount for part in (*one.cash_unsettled, *one.flows)), ZERO)
            free += max(ZERO, one.cash_settled + moves - one.minimum_cash)
    return free


def only_cash(found: tuple[Trigger, ...]) -> tuple[Trigger, ...]:
    """The triggers of money that came in or is due out: they wait for no look."""
    return tuple(one for one in found if one.code in (cash_due.CODE, required_distribution.CODE, *CODES))
