"""The trades of a revision: account, then security, then tax lot, each with its reason and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from clients import figures
from clients.models import Account
from compliance.people.actors import Actor
from compliance.statements.reads import joined, together
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Order, Plan, Side
from rebalancing.models import ProposedOrder, Revision
from rebalancing.pages.proposal.stored import Stored, lots_of, orders_of
from rebalancing.pages.proposal.talk import Thread
from rebalancing.proposals import anchors, comparisons, ticks
from rebalancing.proposals.ticks import Tick

ZERO = Decimal(0)

REASONS = {
    "out_of_band": "Back to its band",
    "toward_target": "Toward target",
    "raise_cash": "Raise cash",
    "invest_cash": "Invest cash",
    "harvest_loss": "Take a loss",
    "replace_harvested": "Replace what was sold at a loss",
    "fund_purchase": "Pays for a purchase",
    "reduce_cap": "Above its cap",
    "wind_down": "Wind down",
    "edit": "Asked for",
}


SHOWN_FIRST = 5
"""How many of the trades left alone a page shows before somebody asks for all."""


@dataclass(frozen=True, slots=True)
class LotRow:
    """The shares of one lot a sale uses. `gain` None: not taxed when `term` is "untaxed", else unknown."""

    acquired_on: date | None
    shares: Decimal
    proceeds: Decimal
    basis: Decimal | None
    gain: Decimal | None
    term: str
    disallowed: Decimal
    key: str = ""
    threads: tuple[Thread, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderRow:
    anchor: str
    side: str
    symbol: str
    name: str
    shares: Decimal
    price: Decimal
    amount: Decimal
    cost: Decimal
    gain: Decimal | None
    is_taxed: bool
    settles_on: date
    reason: str
    why: str
    without: str
    lots: tuple[LotRow, ...]
    key: str = ""
    """What names the same trade in every revision."""
    about: tuple[tuple[str, str], ...] = ()
    """What a thread beside it can be about: the trade, and each lot that it sells."""
    threads: tuple[Thread, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTrades:
    """One account's orders. `cash_after` is what it holds when everything has settled, `looked_at_by` who ticked its trades."""

    public_id: str
    name: str
    last_four: str
    treatment: str
    custodian: str
    discretion: str
    orders: tuple[OrderRow, ...]
    bought: Decimal
    sold: Decimal
    gain: Decimal | None
    cash_after: Decimal
    looked_at_by: tuple[str, ...] = ()
    is_ticked: bool = False
    """Whether whoever sees this page ticked it."""


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A trade that was considered and left alone; its cost in dollars, None where it is barred."""

    account: str
    symbol: str
    side: str
    lot_on: date | None
    why: str
    cost_for_thousand: Decimal | None


@dataclass(frozen=True, slots=True)
class CashLine:
    on: date
    what: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class AccountCash:
    """Every movement of one account's cash until its trades have settled."""

    name: str
    steps: tuple[CashLine, ...]


@dataclass(frozen=True, slots=True)
class Trades:
    """The orders by account, and what they do to each account's cash."""

    accounts: tuple[AccountTrades, ...]
    cash: tuple[AccountCash, ...]
    orders_count: int
    priced_on: date
    may_tick: bool = False

    @property
    def unticked(self) -> tuple[str, ...]:
        """The accounts that nobody has ticked."""
        return unticked(self.accounts)


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Trades that were considered and not made, in the plan's order, and what holds the plan back, as sentences."""

    rows: tuple[SkippedRow, ...]
    not_met: tuple[str, ...]
    binding: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def first(self) -> tuple[SkippedRow, ...]:
        """The rows that say the most."""
        return most_telling(self.rows)[0]

    @property
    def more(self) -> tuple[SkippedRow, ...]:
        return most_telling(self.rows)[1]


def of(user: Any, stored: Stored) -> Trades:
    return Trades(
        accounts=by_account(stored.revision, stored.plan, user=user),
        cash=_cash(stored),
        orders_count=len(stored.plan.orders),
        priced_on=stored.revision.prices_as_of_on,
        may_tick=stored.is_open,
    )


def unticked(accounts: Sequence[AccountTrades]) -> tuple[str, ...]:
    """The names of the accounts that nobody has ticked."""
    return tuple(account.name for account in accounts if not account.looked_at_by)


def left_alone(stored: Stored) -> LeftAlone:
    plan = stored.plan
    return LeftAlone(
        rows=skipped(plan, stored.household),
        not_met=tuple(one.explanation for one in plan.slack),
        binding=tuple(one.explanation for one in plan.binding),
        warnings=plan.warnings,
    )


def by_account(revision: Revision, plan: Plan, *, user: Any = None) -> tuple[AccountTrades, ...]:
    """The stored orders grouped by account, sales first, with who ticked them; one query for all."""
    orders, lots, told = together(
        orders_of.asked(revision.pk),
        lots_of.asked(revision.pk),
        ticks.events.asked(revision.proposal.public_id),
    )
    joined(orders, "lots", lots, by="order")
    ticked: dict[str, list[Tick]] = {}
    for tick in ticks.standing(revision, told):
        ticked.setdefault(tick.account, []).append(tick)
    without = {(one.account, one.security, one.side.value): one for one in plan.orders}
    removal_costs = comparisons.removal_costs_of(revision, plan)
    cash = {one.account: one.cash for one in plan.after.accounts}
    groups: dict[int, list[ProposedOrder]] = {}
    for order in orders:
        groups.setdefault(order.account_id, []).append(order)
    return tuple(
        _with_ticks(
            _account(group, without, removal_costs, cash),
            ticked.get(group[0].account.public_id, ()),
            user,
        )
        for group in groups.values()
    )


def _with_ticks(account: AccountTrades, ticked: Sequence[Tick], user: Any) -> AccountTrades:
    mine = "" if user is None else Actor.person(user).person_ref
    return replace(
        account,
        looked_at_by=tuple(one.name for one in ticked),
        is_ticked=any(one.person_ref == mine for one in ticked),
    )


def skipped(plan: Plan, shown: document.Household) -> tuple[SkippedRow, ...]:
    """What was considered and left alone, the most costly first."""
    accounts = {account.id: account.name for account in shown.accounts}
    symbols = {security.id: security.symbol or security.id for security in shown.securities}
    bought = {lot.id: lot.acquired for lot in shown.lots}
    return tuple(
        SkippedRow(
            account=accounts.get(one.account, "All accounts"),
            symbol=symbols.get(one.security, one.security),
            side=one.side.value,
            lot_on=bought.get(one.lot) if one.lot else None,
            why=one.explanation,
            cost_for_thousand=None if one.cost_per_dollar is None else one.cost_per_dollar * 1000,
        )
        for one in plan.skipped
    )


def most_telling(rows: Sequence[SkippedRow]) -> tuple[tuple[SkippedRow, ...], tuple[SkippedRow, ...]]:
    """The rows that say the most, one of each reason before a second of any; and the rest, for who wants them all."""
    seen: dict[str, int] = {}
    ranked = []
    for place, row in enumerate(rows):
        seen[row.why] = seen.get(row.why, 0) + 1
        ranked.append((seen[row.why], place, row))
    ordered = [row for _, _, row in sorted(ranked, key=lambda one: one[:2])]
    return tuple(ordered[:SHOWN_FIRST]), tuple(ordered[SHOWN_FIRST:])


def _cash(stored: Stored) -> tuple[AccountCash, ...]:
    traded = {order.account for order in stored.plan.orders}
    return tuple(
        AccountCash(
            account.name,
            tuple(
                CashLine(step.on, step.description, step.amount, step.balance)
                for step in stored.plan.cash
                if step.account == account.id
            ),
        )
        for account in stored.household.accounts
        if account.id in traded
    )


def _account(
    group: list[ProposedOrder],
    planned: dict[tuple[str, str, str], Order],
    removal_costs: dict[str, str],
    cash: dict[str, Decimal],
) -> AccountTrades:
    account = group[0].account
    is_taxed = account.tax_treatment == Account.TaxTreatment.TAXABLE
    rows = tuple(_order(order, planned, removal_costs, is_taxed=is_taxed) for order in group)
    sales = [row.gain for row in rows if row.side == Side.SELL]
    return AccountTrades(
        public_id=account.public_id,
        name=account.name,
        last_four=account.number_last4,
        treatment=account.get_tax_treatment_display(),
        custodian=account.get_custodian_display(),
        discretion=account.get_discretion_display(),
        orders=rows,
        bought=sum((row.amount for row in rows if row.side == Side.BUY), ZERO),
        sold=sum((row.amount for row in rows if row.side == Side.SELL), ZERO),
        gain=_total(sales) if is_taxed else None,
        cash_after=cash.get(account.public_id, ZERO),
    )


def _order(
    order: ProposedOrder,
    planned: dict[tuple[str, str, str], Order],
    removal_costs: dict[str, str],
    *,
    is_taxed: bool,
) -> OrderRow:
    plan = planned[order.account.public_id, order.security.symbol, order.side]
    sales = {sale.lot: sale for sale in plan.lots}
    lots = tuple(
        LotRow(
            acquired_on=use.lot.acquired_on,
            shares=use.quantity,
            proceeds=sales[use.lot.public_id].proceeds,
            basis=use.basis,
            gain=use.gain,
            term=use.term,
            disallowed=sales[use.lot.public_id].disallowed,
            key=use.lot.public_id,
        )
        for use in order.lots.all()
    )
    own = anchors.trade(plan.account, order.side, plan.security)
    sold = [(lot, anchors.lot(lot.key, plan.security, lot.acquired_on)) for lot in lots]
    return OrderRow(
        anchor=f"order-{order.position}",
        side=order.side,
        symbol=order.security.symbol,
        name=order.security.name,
        shares=order.quantity,
        price=order.price,
        amount=order.amount,
        cost=plan.cost,
        gain=_total([lot.gain for lot in lots]) if order.side == Side.SELL and is_taxed else None,
        is_taxed=is_taxed and order.side == Side.SELL,
        settles_on=plan.settles_on,
        reason=REASONS.get(order.reason_code, order.reason_code),
        why=order.reason,
        without=removal_costs.get(plan.id, ""),
        lots=lots,
        key=own.key,
        about=(
            (own.typed, "The trade"),
            *(
                (
                    about.typed,
                    f"Its lot of {figures.day(lot.acquired_on)}, {figures.quantity(lot.shares)} shares",
                )
                for lot, about in sold
            ),
        ),
    )


def _total(gains: list[Decimal | None]) -> Decimal | None:
    """A sum that is unknown as soon as one part is."""
    return (
        None
        if any(gain is None for gain in gains)
        else sum((gain for gain in gains if gain is not None), ZERO)
    )
