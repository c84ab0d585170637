"""What a case trades and what is there before it: trades with their lots, positions, and what is on its way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from clients.models import Account, Price, Quote, Security, TaxLot
from clients.registers import market_facts
from compliance import clock
from compliance.rules.facts import case
from compliance.rules.facts.recorded import Subject
from compliance.rules.facts.thresholds import Thresholds
from rebalancing import market_days
from rebalancing.cases.case_facts import recorded
from rebalancing.engine.documents.plan import LotSale, Plan, Reason, Side
from rebalancing.engine.documents.plan import Order as PlannedOrder
from rebalancing.engine.tax.holding_periods import days_until_long_term
from rebalancing.models import Proposal, ProposedLot
from rebalancing.portfolios import open_orders, order_terms
from rebalancing.portfolios.market import Market
from rebalancing.portfolios.order_terms import Terms
from rebalancing.portfolios.portfolios import Portfolio

ZERO = Decimal(0)

_Place = tuple[str, str]
"""An account and a security, by their ids in the document."""

_BASIS = {
    TaxLot.BasisStatus.COVERED: case.BasisStatus.COVERED,
    TaxLot.BasisStatus.NONCOVERED: case.BasisStatus.NONCOVERED_KNOWN,
    TaxLot.BasisStatus.UNKNOWN: case.BasisStatus.UNKNOWN,
    TaxLot.BasisStatus.DISPUTED: case.BasisStatus.DISPUTED,
}


def quotes_of_the_day(
    securities: Iterable[Security], *, at: datetime, market: Market | None = None
) -> dict[int, Quote]:
    """The last quote of each security since midnight in New York. `market` keeps those of every security for its turn."""
    midnight = at.astimezone(clock.EASTERN).replace(hour=0, minute=0, second=0, microsecond=0)
    keys = [one.pk for one in securities]
    if market is None:
        return market_facts.last_quotes(keys, since=midnight, until=at)
    every = market.shared(
        "quotes since midnight",
        midnight.date(),
        lambda: market_facts.last_quotes(None, since=midnight, until=at),
    )
    return {key: every[key] for key in keys if key in every}


def trades(
    portfolio: Portfolio,
    plan: Plan,
    prices_now: Mapping[str, Price],
    quotes: Mapping[int, Quote],
    *,
    thresholds: Thresholds,
) -> tuple[case.Trade, ...]:
    """The plan's orders, each with the lots it uses and the price of its security as it is now."""
    held = _held(portfolio)
    lots = {lot.public_id: lot for lot in portfolio.rows.lots}
    priced_on = {row.id: row.price_on for row in portfolio.household.securities}
    on_record = portfolio.rows.market.by_symbol({order.security for order in plan.orders})
    return tuple(
        _trade(
            order,
            held.get((order.account, order.security), ZERO),
            lots,
            price := prices_now.get(order.security),
            priced_on=priced_on[order.security],
            on=portfolio.household.trade_on,
            terms=order_terms.of(
                on_record[order.security],
                order.side.value,
                order.shares,
                quote=quotes.get(on_record[order.security].pk),
                price=price.price if price else None,
                thresholds=thresholds,
            ),
        )
        for order in plan.orders
    )


def positions(portfolio: Portfolio) -> tuple[case.Position, ...]:
    """What is held before the trades, and how much of it a lock keeps."""
    reinvests = {
        (account.public_id, position.security.symbol): position.reinvests_dividends
        for account in portfolio.accounts
        for position in account.positions.all()
    }
    reconciled = {
        account.public_id: account.reconciliation == Account.Reconciliation.RECONCILED
        for account in portfolio.accounts
    }
    lots = {lot.public_id: lot for lot in portfolio.rows.lots}
    on = portfolio.household.trade_on
    locked: dict[_Place, Decimal] = {}
    for row in portfolio.household.lots:
        if _is_locked(lots[row.id], on=on):
            key = (row.account, row.security)
            locked[key] = locked.get(key, ZERO) + row.quantity
    return tuple(
        case.Position(
            account=account,
            security=security,
            shares=shares,
            shares_locked=locked.get((account, security), ZERO),
            shares_reconciled=reconciled[account],
            reinvests=reinvests.get((account, security)),
        )
        for (account, security), shares in sorted(_held(portfolio).items())
    )


def on_their_way(portfolio: Portfolio, *, proposal: str) -> tuple[case.OpenOrder, ...]:
    """Orders of these accounts that are sent and not yet on record, those of this very proposal left out."""
    return tuple(
        case.OpenOrder(
            account=order.account,
            security=order.security,
            side=case.Side(order.side),
            shares=order.shares,
            sent_at=order.released_at,
        )
        for order in open_orders.of(
            portfolio.accounts,
            household=portfolio.rows.household,
            market=portfolio.rows.market,
            asked_by="rules",
        )
        if order.proposal != proposal
    )


def pending_lots(portfolio: Portfolio, *, proposal: str) -> tuple[case.PendingLot, ...]:
    """Lots of these accounts that another open proposal means to sell."""

    def fetch(keys: Collection[int]) -> Iterable[tuple[int, tuple[str, str, str]]]:
        found = ProposedLot.objects.filter(
            order__account__household__in=keys, order__revision__proposal__state__in=Proposal.OPEN_STATES
        )
        told = found.order_by("pk").values_list(
            "order__account__household",
            "order__account__public_id",
            "lot__public_id",
            "order__revision__proposal__public_id",
        )
        return ((key, (account, lot, other)) for key, account, lot, other in told)

    rows = portfolio.rows
    here = {account.public_id for account in portfolio.accounts}
    return tuple(
        case.PendingLot(account=account, lot=lot, proposal=other)
        for account, lot, other in rows.market.rows_of(rows.household.pk, ("pending lots",), fetch)
        if account in here and other != proposal
    )


def _held(portfolio: Portfolio) -> dict[_Place, Decimal]:
    held: dict[_Place, Decimal] = {}
    for row in portfolio.household.lots:
        key = (row.account, row.security)
        held[key] = held.get(key, ZERO) + row.quantity
    return held


def _trade(
    order: PlannedOrder,
    held: Decimal,
    lots: Mapping[str, TaxLot],
    price_now: Price | None,
    *,
    priced_on: date,
    on: date,
    terms: Terms,
) -> case.Trade:
    return case.Trade(
        account=order.account,
        security=order.security,
        side=case.Side(order.side.value),
        shares=order.shares,
        price=order.price,
        priced_at=market_days.closed_at(priced_on),
        price_now=price_now.price if price_now else None,
        price_now_at=market_days.closed_at(price_now.as_of_on) if price_now else None,
        amount=order.shares * order.price,
        costs=order.cost,
        settles_on=order.settles_on,
        lots=tuple(_lot_use(sale, lots.get(sale.lot), on=on) for sale in order.lots),
        closes_position=order.side is Side.SELL and order.shares == held,
        raises_named_cash=order.reason is Reason.RAISE_CASH,
        reason=order.explanation,
        order_type=terms.order_type,
        limit=terms.limit,
    )


def _lot_use(sale: LotSale, lot: TaxLot | None, *, on: date) -> case.LotUse:
    if lot is None:
        return case.LotUse(lot=sale.lot, shares=sale.shares)
    since = lot.adjusted_acquired_on or lot.acquired_on
    days = None if since is None else max(0, days_until_long_term(since, on))
    if lot.acquired_by == TaxLot.Acquisition.INHERITANCE:
        days = 0
    return case.LotUse(
        lot=sale.lot,
        shares=sale.shares,
        acquired_on=lot.acquired_on,
        term=None if days is None else case.Term.SHORT if days else case.Term.LONG,
        gain=sale.gain,
        basis=_BASIS[TaxLot.BasisStatus(lot.basis_status)],
        basis_reconciled=True,
        locks=frozenset({lot.lock} if _is_locked(lot, on=on) else ()),
        days_to_long_term=days,
        recorded=recorded(Subject.LOT, lot),
    )


def _is_locked(lot: TaxLot, *, on: date) -> bool:
    """Whether a lock still holds on a day; it ends with the day before `lock_until_on`, as in the engine."""
    return bool(lot.lock) and (lot.lock_until_on is None or on < lot.lock_until_on)
