"""What the engine is asked for: the objective with its limits, and the edits of an advisor."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from rebalancing.engine.money import ZERO

LEFT_OUT = {"left out when empty": True}
"""Marks fields that came later and are written only where they say something: other documents keep their bytes."""


class EditKind(StrEnum):
    """An advisor's edit; the engine re-solves everything else around it."""

    SELL_LOT = "sell_lot"  # Sell ``shares`` of ``lot`` (all of it when None).
    BUY = "buy"  # Buy exactly ``shares`` of ``security`` in ``account``.
    SELL = "sell"  # Sell exactly ``shares`` of ``security`` in ``account``, from the best lots.
    NO_TRADE = "no_trade"  # Leave ``security`` in ``account`` alone (the whole account when None).


class Mode(StrEnum):
    PRICED_DRIFT = "priced_drift"
    LEAST_TAX = "least_tax"  # … with drift at most ``drift_max`` (and turnover at most ``turnover_max``).
    LEAST_DRIFT = "least_drift"  # … with net gain at most ``gain_max`` and tax at most ``tax_max``.
    CASH_ONLY = "cash_only"  # Contributions only buy, withdrawals only sell.
    RAISE_CASH = "raise_cash"  # Exactly ``raise_amount`` more cash (in ``raise_account`` when given).
    HARVEST = "harvest"  # Lots of ``harvest`` give way to their replacements; nothing else is traded.


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One edit of an advisor; which fields it needs depends on its kind."""

    id: str
    kind: EditKind
    account: str
    security: str | None = None
    lot: str | None = None
    shares: Decimal | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """A lot that stands at a loss, in the mode that harvests.

    ``replacements``: what may be bought in its account instead, best first; with none the lot is left alone, because of
    ``left_because``. ``later``: the tax that each dollar of loss taken now is expected to cost later, since the replacement's
    basis is lower by it, in today's dollars.
    """

    lot: str
    replacements: tuple[str, ...] = ()
    later: Decimal = ZERO
    left_because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What is asked for. Limits that the mode does not use are ignored.

    ``drift_max`` is half the sum of the absolute distances from target, a fraction of one. ``fewest_orders`` null leaves
    out orders that are worth less than a fiftieth of a basis point of the value each, as long as that costs less than a
    fifth of one together; true does so whatever it costs, false keeps every order that pays. ``cost_per_order`` in dollars
    takes the place of the fiftieth, whatever it costs. No order is left out where that would break a limit. A plan that
    improves matters by less than ``hold_below_bps`` of the value is not worth sending: HOLD.
    ``integer`` hands over to branch and cut at once, which the engine does by itself where many losses compete with purchases;
    ``time_limit_seconds`` grants that work in proportion, twenty nodes a second, and no clock ends it. ``harvest`` belongs to the mode of that name.
    ``one_way`` narrows the mode of cash alone: while an account is short of cash nothing is bought, and nothing is bought that
    another account may sell. Accounts that are not short then sell of the classes in ``gives`` alone, which are bought nowhere,
    and ``turnover_max`` limits it all.
    """

    mode: Mode = Mode.PRICED_DRIFT
    drift_max: Decimal | None = None
    turnover_max: Decimal | None = None
    gain_max: Decimal | None = None
    tax_max: Decimal | None = None
    raise_amount: Decimal | None = None
    raise_account: str | None = None
    fewest_orders: bool | None = None
    cost_per_order: Decimal | None = None
    hold_below_bps: Decimal = Decimal("0.5")
    integer: bool = False
    time_limit_seconds: int = 30
    harvest: tuple[Harvest, ...] = field(default=(), metadata=LEFT_OUT)
    one_way: bool = field(default=False, metadata=LEFT_OUT)
    gives: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)

    @property
    def turnover_limit(self) -> Decimal | None:
        """The limit on turnover where the mode has one."""
        has_limit = self.mode is Mode.LEAST_TAX or (self.mode is Mode.CASH_ONLY and self.one_way)
        return self.turnover_max if has_limit else None
