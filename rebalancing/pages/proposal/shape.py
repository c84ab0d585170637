"""The page that shapes a plan: the trades of now, what would become of them, and what each request costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from clients import figures
from compliance.doors import refused
from compliance.doors.refused import Known, Refused
from compliance.refusals import Refusal, Step
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import LotSale, Order, Plan, Side, State
from rebalancing.engine.frontier import point
from rebalancing.models import Proposal, Revision
from rebalancing.pages.proposal.changes import ChangedOrder, between
from rebalancing.proposals import revisions, shaping
from rebalancing.proposals.shaping import Tried, WishCost
from rebalancing.proposals.wishes import Unit, WishKind

LOTS_MAX = 60
"""Lots of one position that are offered one by one."""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One figure without trades, of the revision, and of what is asked for; empty where there is none."""

    name: str
    nothing: str
    revision: str
    asked: str


@dataclass(frozen=True, slots=True)
class LotChoice:
    """A lot that can be asked for. `gain` at the stored price, None where it is not taxed or not known."""

    acquired_on: date | None
    shares: Decimal
    gain: Decimal | None
    add: str


@dataclass(frozen=True, slots=True)
class TradeRow:
    """A trade of the revision that is shaped, with what can be asked instead: the values of its buttons."""

    side: str
    symbol: str
    account: str
    shares: Decimal
    amount: Decimal
    leave: str
    exactly: str
    swap: str
    move: str
    split: str
    lots: tuple[LotChoice, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was worked out. `refusal` says why it cannot be kept, empty where it can; `seen` binds what is kept to it."""

    summary: str
    refusal: str
    figures: tuple[FigureRow, ...]
    costs: tuple[WishCost, ...]
    changes: tuple[ChangedOrder, ...]
    orders: tuple[Order, ...]
    not_met: tuple[str, ...]
    warnings: tuple[str, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class ShapePage:
    household_name: str
    proposal_url: str
    frontier_url: str
    revision: int
    trades: tuple[TradeRow, ...]
    securities: tuple[tuple[str, str], ...]
    outcome: Outcome | None
    refused: Refused | None = None

    @property
    def next_revision(self) -> int:
        return self.revision + 1


def show(
    proposal: Proposal,
    last: Revision,
    *,
    tried: Tried | None = None,
    refusal: str = "",
    moved: Refusal | None = None,
) -> ShapePage:
    """The page for the revision that counts; with what was worked out, where something was."""
    plan, household = revisions.plan_of(last), revisions.household_of(last)
    shown = tried.portfolio.household if tried is not None else household
    return ShapePage(
        household_name=proposal.household.name,
        proposal_url=reverse("rebalancing:proposal", args=[proposal.public_id]),
        frontier_url=reverse("rebalancing:frontier", args=[proposal.public_id]),
        revision=last.number,
        trades=tuple(_trade(order, household) for order in plan.orders),
        securities=tuple(sorted((one.symbol or one.id, one.name) for one in shown.securities)),
        outcome=None if tried is None else _outcome(plan, tried, refusal),
        refused=refused.told(moved, known=Known((Step("Look at it, then keep it", "#outcome-title"),)))
        if moved
        else None,
    )


def _outcome(before: Plan, tried: Tried, refusal: str) -> Outcome:
    plan = tried.plan
    names = {one.id: one.name for one in tried.portfolio.household.accounts}
    return Outcome(
        summary=plan.summary,
        refusal=refusal,
        figures=compared(before, plan),
        costs=shaping.costs(tried),
        changes=between(before, plan, names),
        orders=plan.orders if plan.state is State.READY else (),
        not_met=tuple(one.explanation for one in plan.slack),
        warnings=plan.warnings,
        seen=tried.digest,
    )


def compared(before: Plan, after: Plan, *, tax: str = "") -> tuple[FigureRow, ...]:
    """The main figures without trades, of a plan and of another one; `tax` says the latter's where it is no plain figure."""
    old, new = point("", before), point("", after)
    nothing = sum(row.out_of_band for row in after.before.classes)
    return (
        FigureRow("Estimated tax", figures.money(0), _signed(old.tax), tax or _signed(new.tax)),
        FigureRow("Net gain", figures.money(0), _signed(old.net_gain), _signed(new.net_gain)),
        FigureRow(
            "Distance from target",
            figures.weight(after.before.drift),
            figures.weight(old.drift),
            figures.weight(new.drift),
        ),
        FigureRow("Classes outside their bands", str(nothing), str(old.out_of_band), str(new.out_of_band)),
        FigureRow("Turnover", figures.weight(0), figures.weight(old.turnover), figures.weight(new.turnover)),
        FigureRow("Trades", "0", str(old.orders), str(new.orders)),
        FigureRow("Trading cost", figures.money(0), figures.money(old.cost), figures.money(new.cost)),
    )


def _signed(amount: Decimal) -> str:
    return figures.money(amount, signed=True)


def _trade(order: Order, household: document.Household) -> TradeRow:
    names = {one.id: one.name for one in household.accounts}
    taxed = {one.id for one in household.accounts if one.is_taxed}
    place = f"{order.account}|{order.security}"
    kind = WishKind.SELL if order.side is Side.SELL else WishKind.BUY
    return TradeRow(
        side=order.side.value,
        symbol=order.security,
        account=names[order.account],
        shares=order.shares,
        amount=order.amount,
        leave=f"{WishKind.LEAVE}|{place}",
        exactly=f"{kind}|{place}|{order.shares.normalize():f}|{Unit.SHARES}",
        swap=f"{WishKind.SWAP}|{place}",
        move=f"{WishKind.MOVE}|{place}",
        split=f"{WishKind.SPLIT}|{place}|2|{Unit.PARTS}",
        lots=_lots(order, household) if order.side is Side.SELL and order.account in taxed else (),
    )


def _lots(order: Order, household: document.Household) -> tuple[LotChoice, ...]:
    """The position's lots, those that the plan sells first."""
    used: dict[str, LotSale] = {sale.lot: sale for sale in order.lots}
    held = [lot for lot in household.lots if (lot.account, lot.security) == (order.account, order.security)]
    ranked = sorted(held, key=lambda lot: (lot.id not in used, lot.acquired or date.max, lot.id))
    return tuple(
        LotChoice(
            acquired_on=lot.acquired,
            shares=lot.quantity,
            gain=None if lot.basis is None else lot.quantity * order.price - lot.basis,
            add=f"{WishKind.LOT}|{order.account}|{order.security}||{Unit.SHARES}|||{lot.id}",
        )
        for lot in ranked[:LOTS_MAX]
    )
