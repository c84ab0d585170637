"""One look at a household: what a reason to wait is measured on, before the plan is known and after."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from compliance.firm.firm_settings import InForce
from rebalancing.engine.documents.plan import Plan
from rebalancing.portfolios.portfolios import Portfolio
from rebalancing.triggers import cash_due
from rebalancing.triggers.measures import Measure, Measured
from rebalancing.triggers.trigger import Trigger

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Look:
    """A household on a market day with what calls for a trade. `plan` is None until it is made, `days_held` counts the
    market days in a row, up to the one before, on which each rule has held it back.
    """

    portfolio: Portfolio
    measured: Measured
    triggers: tuple[Trigger, ...] = ()
    plan: Plan | None = None
    days_held: tuple[tuple[str, int], ...] = ()
    only_cash: bool = False  # No look is due: what is looked at is money that came in or goes out.

    @property
    def figures(self) -> InForce:
        return self.portfolio.rows.figures

    @property
    def market_on(self) -> date:
        return self.portfolio.rows.as_of_on

    @property
    def trade_on(self) -> date:
        return self.portfolio.rows.trade_on

    @property
    def raises_cash(self) -> bool:
        """Whether money is due out that is not there yet: that never waits."""
        return any(one.code == cash_due.CODE for one in self.triggers)

    @property
    def drift_over_band(self) -> Decimal | None:
        return drift_over_band(self.measured.measures)

    def held_for(self, code: str) -> int:
        return dict(self.days_held).get(code, 0)


def drift_over_band(measures: Iterable[Measure]) -> Decimal | None:
    """The largest drift of a class as a multiple of its band's width on that side; None where no band has a width."""
    found = [
        abs(one.drift) / width
        for one in measures
        if (width := (one.upper - one.target) if one.drift > ZERO else (one.target - one.lower)) > ZERO
    ]
    return max(found, default=None)
