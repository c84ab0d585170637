"""What stands around a household's trades on the trade day, and what the plan keeps from because of it.

Insiders, approvals of complex products, arranged trades, trading policies and distributions of funds, halts, and what each
account bought lately. The rules of the book read the same rows (`rebalancing/cases/case_surroundings.py`), so that a plan
which keeps from all this is not drafted only to be stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TypeVar

from clients.models import (
    Account,
    ArrangedTrade,
    FundDistribution,
    FundTradingPolicy,
    Insider,
    ProductApproval,
    Security,
    TaxLot,
    TradingHalt,
    Transaction,
)
from clients.registers import fund_distributions, market_facts, trading_facts
from clients.securities import securities
from compliance.rules import buying_a_distribution, complex_product, fund_trading_policy, good_faith, insider
from compliance.rules.facts.surroundings import CashHistory, Window, WindowKind
from rebalancing import market_days
from rebalancing.engine.documents import household as document
from rebalancing.engine.market.calendars import new_york
from rebalancing.engine.market.cash_account_violations import Event, Kind
from rebalancing.engine.money import as_written, cents
from rebalancing.portfolios import own_rows
from rebalancing.portfolios.order_terms import EXCHANGE_TRADED
from rebalancing.portfolios.record_rows import Rows

T = TypeVar("T")
ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
HISTORY_DAYS = 10
"""How far back purchases with unsettled money are looked for: longer than anything takes to settle."""
PAID_DAYS = 200
"""How far back distributions count: more than six months (IRC 852(b)(4))."""
AHEAD_DAYS = 90
UNPAID_DAYS = 7
"""How long shares are kept whose money has no known day."""

_BOUGHT = (Transaction.Kind.BUY,)
_SOLD = (
    Transaction.Kind.SELL,
    Transaction.Kind.REDEMPTION,
    Transaction.Kind.LIQUIDATION,
)


@dataclass(frozen=True, slots=True)
class Around:
    """The rows of a household's surroundings. Securities and accounts are named by their keys."""

    insiders: tuple[Insider, ...]
    approvals: tuple[ProductApproval, ...]
    arranged: tuple[ArrangedTrade, ...]
    trading_policies: dict[int, FundTradingPolicy]
    distributions: dict[int, list[FundDistribution]]
    halts: dict[int, list[TradingHalt]]
    """Those of the whole market are among those of everything that is traded on an exchange."""
    histories: dict[int, CashHistory]
    last_bought: dict[tuple[int, int], date]


@dataclass(frozen=True, slots=True)
class OfTheMarket:
    """The rows that are the same for every household, by security."""

    trading_policies: dict[int, FundTradingPolicy]
    distributions: dict[int, list[FundDistribution]]
    halts: dict[int | None, list[TradingHalt]]


def of(rows: Rows) -> Around:
    """What is on record around the household on its trade day."""
    on = rows.trade_on
    keys = rows.securities.keys()
    every = rows.market.shared("surroundings", on, lambda: of_the_market(on))
    policies = {key: one for key, one in every.trading_policies.items() if key in keys}
    longest = max((one.holding_days for one in policies.values()), default=0)
    since = on - timedelta(days=max(HISTORY_DAYS, longest))
    recent = own_rows.movements(
        rows.market, rows.household, [one.pk for one in rows.accounts], since=since, until=on
    )
    return Around(
        insiders=_registered(rows, "insiders", trading_facts.insiders),
        approvals=_registered(rows, "approvals", trading_facts.approvals),
        arranged=_registered(rows, "arranged trades", trading_facts.arranged),
        trading_policies=policies,
        distributions={key: found for key, found in every.distributions.items() if key in keys},
        halts={key: found for key, one in rows.securities.items() if (found := _halts(one, every))},
        histories=dict(_histories(rows, recent)),
        last_bought={
            (one.account_id, one.security_id): one.traded_on
            for one in recent
            if one.kind in _BOUGHT and one.security_id in policies
        },
    )


def _registered(rows: Rows, name: str, find: Callable[..., Iterable[tuple[int, T]]]) -> tuple[T, ...]:
    """What a register says of the household on its trade day."""
    return tuple(
        rows.market.rows_of(
            rows.household.pk, (name, rows.trade_on), lambda keys: find(keys, on=rows.trade_on)
        )
    )


def of_the_market(on: date) -> OfTheMarket:
    return OfTheMarket(
        trading_policies=market_facts.trading_policies(),
        distributions=fund_distributions.announced(
            since=on - timedelta(days=PAID_DAYS), until=on + timedelta(days=AHEAD_DAYS)
        ),
        halts=market_facts.halts(since=market_days.opened_at(on)),
    )


def _halts(security: Security, every: OfTheMarket) -> list[TradingHalt]:
    of_all = every.halts.get(None, []) if security.kind in EXCHANGE_TRADED else []
    return [*every.halts.get(security.pk, []), *of_all]


def windows_of(row: Insider) -> tuple[Window, ...]:
    """The windows of an insider that stand, as the rule reads them."""
    return tuple(
        Window(
            kind=WindowKind(one.kind),
            from_on=one.starts_on,
            until_on=one.ends_on,
            shares_max=one.shares_max,
        )
        for one in row.standing_windows  # type: ignore[attr-defined]
    )


def taxable_fraction(row: FundDistribution, price: Decimal | None) -> Decimal | None:
    """The taxable part of a distribution as a fraction of the price: without exempt interest and return of capital."""
    if row.total is None or not price:
        return row.share_of_price
    return as_written((row.total - (row.exempt or ZERO) - (row.return_of_capital or ZERO)) / price)


def restricted(rules: document.Rules, rows: Rows, around: Around) -> document.Rules:
    """The rules of the document with what may not be bought because of the surroundings."""
    return replace(rules, do_not_buy=(*rules.do_not_buy, *_not_bought(rows, around)))


def halted(row: document.Security, security: Security, around: Around, *, on: date) -> document.Security:
    """A security that is halted beyond the trade day is frozen."""
    for one in around.halts.get(security.pk, ()):
        begun = market_days.new_york_date(one.starts_at) <= on
        goes_on = one.ends_at is None or market_days.new_york_date(one.ends_at) > on
        if begun and goes_on:
            return replace(row, status=document.SecurityStatus.FROZEN)
    return row


def kept(lots: Sequence[tuple[TaxLot, document.Lot]], rows: Rows, around: Around) -> tuple[document.Lot, ...]:
    """The lots, those locked that may not be sold because of the surroundings."""
    held = {lot.pk: why for lot, why in _locks(lots, rows, around)}
    return tuple(
        replace(one, lock_reason=held[lot.pk][0], locked_until=held[lot.pk][1])
        if lot.pk in held and one.lock_reason is None
        else one
        for lot, one in lots
    )


def _not_bought(rows: Rows, around: Around) -> Iterator[document.Restriction]:
    on, firm = rows.trade_on, document.RestrictedBy.FIRM
    thresholds = rows.figures.thresholds()
    days, least = thresholds.of(buying_a_distribution.DAYS), thresholds.of(buying_a_distribution.LEAST)
    taxed = [one for one in rows.accounts if one.tax_treatment == Account.TaxTreatment.TAXABLE]
    for key, security in rows.securities.items():
        for row in _closed_to(security, around, on=on):
            yield document.Restriction(security=security.symbol, reason=f"{row}: no window is open")
        if not _is_approved(security, around):
            reason = "it is a complex product that is not approved for this client"
            yield document.Restriction(security=security.symbol, reason=reason, source=firm)
        price = rows.prices[key].price if key in rows.prices else None
        for one in around.distributions.get(key, ()):
            fraction = taxable_fraction(one, price)
            ahead = buying_a_distribution.is_ahead(
                ex_on=one.ex_on, record_on=one.record_on, trade_on=on, days=days
            )
            if ahead and (fraction is None or fraction >= least):
                reason = f"it is about to distribute, on {one.ex_on}"
                yield from (
                    document.Restriction(
                        security=security.symbol, account=account.public_id, reason=reason, source=firm
                    )
                    for account in taxed
                )


def _closed_to(security: Security, around: Around, *, on: date) -> Iterator[Insider]:
    """The insiders of its issuer for whom it may not be bought on a day. Within a number of shares nothing is bought."""
    issuer = securities.issuer_of(security)
    for row in around.insiders:
        if row.issuer == issuer:
            window = insider.open_window(windows_of(row), on=on)
            if window is None or window.shares_max is not None:
                yield row


def _is_approved(security: Security, around: Around) -> bool:
    found = complex_product.is_complex(security.product, name=security.name)
    if found is False:
        return True
    return found is True and any(
        one.product == security.product and one.security_id in {None, security.pk} for one in around.approvals
    )


def _locks(
    lots: Iterable[tuple[TaxLot, document.Lot]], rows: Rows, around: Around
) -> Iterator[tuple[TaxLot, tuple[str, date | None]]]:
    on = rows.trade_on
    every = [lot for lot, _ in lots]
    for lot in every:
        policy, bought_on = around.trading_policies.get(lot.security_id), None
        if policy is not None:
            bought_on = around.last_bought.get((lot.account_id, lot.security_id))
        if policy is not None and fund_trading_policy.is_round_trip(
            bought_on=bought_on, sold_on=on, holding_days=policy.holding_days
        ):
            assert bought_on is not None, "a round trip has its purchase"
            until = bought_on + timedelta(days=policy.holding_days) + ONE_DAY
            yield lot, ("The fund was bought too lately to be sold.", until)
    yield from _unsettled(every, rows, around)
    for row in around.insiders:
        yield from _insiders_lots(row, every, rows)


def _unsettled(
    lots: Sequence[TaxLot], rows: Rows, around: Around
) -> Iterator[tuple[TaxLot, tuple[str, date | None]]]:
    """Lots that were bought with money that has not settled (Regulation T)."""
    on = rows.trade_on
    days = new_york().sessions_between(on, on + timedelta(days=UNPAID_DAYS))
    for key, history in around.histories.items():
        bought = {one.security for one in history.events if one.kind is Kind.BUY}
        for lot in lots:
            symbol = rows.securities[lot.security_id].symbol
            is_young = lot.acquired_on is None or lot.acquired_on >= history.since
            if lot.account_id != key or symbol not in bought or not is_young:
                continue
            until = good_faith.first_clean_day(
                history, security=symbol, on=on, until=on + timedelta(days=UNPAID_DAYS), days=days
            )
            if until != on:
                sentence = "It was bought with money that has not settled."
                yield lot, (sentence, until or on + timedelta(days=UNPAID_DAYS))


def _insiders_lots(
    row: Insider, lots: Sequence[TaxLot], rows: Rows
) -> Iterator[tuple[TaxLot, tuple[str, date | None]]]:
    """The lots of an insider's own issuer, as far as no window lets them be sold."""
    on, windows = rows.trade_on, windows_of(row)
    own = [lot for lot in lots if securities.issuer_of(rows.securities[lot.security_id]) == row.issuer]
    window = insider.open_window(windows, on=on)
    if window is not None and window.shares_max is None:
        return
    blackouts = [one.until_on for one in windows if one.kind is WindowKind.BLACKOUT and one.in_force(on)]
    until = max(blackouts) + ONE_DAY if blackouts else None
    room = window.shares_max or ZERO if window is not None else ZERO
    for lot in sorted(own, key=lambda one: (one.quantity, one.pk or 0)):
        if lot.quantity <= room:
            room -= lot.quantity
        else:
            yield lot, (f"{row}: no window is open.", until)


def swept_cash(rows: Rows, account: Account) -> Decimal:
    """Dollars of an account held in money market funds without lots, which are cash at one dollar a share."""
    in_lots = {lot.security_id for lot in rows.lots if lot.account_id == account.pk}
    return sum(
        (
            cents(one.quantity)
            for one in account.positions.all()
            if one.security.kind == Security.Kind.MONEY_MARKET
            and one.security_id not in in_lots
            and not one.held_out
            and one.quantity is not None
        ),
        ZERO,
    )


def _histories(rows: Rows, recent: Sequence[Transaction]) -> Iterator[tuple[int, CashHistory]]:
    """What each cash account bought and sold lately, where it bought anything."""
    since = rows.trade_on - timedelta(days=HISTORY_DAYS)
    # What rests in a sweep fund is cash: going in and out of it is no purchase and no sale.
    swept = {key for key, one in rows.securities.items() if one.kind == Security.Kind.MONEY_MARKET}
    for account in rows.accounts:
        cash = getattr(account, "cash", None)
        own = [
            one
            for one in recent
            if one.account_id == account.pk and one.traded_on >= since and one.security_id not in swept
        ]
        is_cash_account = account.margin != Account.Margin.FULL
        if cash is None or not is_cash_account or not any(one.kind in _BOUGHT for one in own):
            continue
        # The custodian's settled cash has in it whatever settled by its day; before all this it was without.
        in_it = sum((one.amount for one in own if _settles_on(one, rows) <= cash.as_of_on), ZERO)
        yield (
            account.pk,
            CashHistory(
                account=account.public_id,
                since=since,
                settled_before=cash.settled + swept_cash(rows, account) - in_it,
                events=tuple(_event(one, rows) for one in own if one.amount),
            ),
        )


def cash_history(rows: Rows, account: Account, *, since: date) -> CashHistory | None:
    """What an account bought, sold, paid in and drew since a day, and the settled cash it began with; None without cash."""
    cash = getattr(account, "cash", None)
    if cash is None:
        return None
    swept = {key for key, one in rows.securities.items() if one.kind == Security.Kind.MONEY_MARKET}
    own = [
        one
        for one in Transaction.objects.filter(
            account=account, traded_on__gte=since, traded_on__lte=rows.trade_on
        )
        .select_related("security")
        .order_by("traded_on", "pk")
        if one.security_id not in swept
    ]
    in_it = sum((one.amount for one in own if _settles_on(one, rows) <= cash.as_of_on), ZERO)
    events = tuple(
        replace(
            _event(one, rows),
            security=one.security.symbol if one.security else "",
            # Sales of what these movements bought are told by the security; a sale of anything else was paid for.
            is_fully_paid=False,
        )
        for one in own
        if one.amount
    )
    return CashHistory(
        account=account.public_id,
        since=since,
        settled_before=cash.settled + swept_cash(rows, account) - in_it,
        events=events,
    )


def _event(row: Transaction, rows: Rows) -> Event:
    if row.kind in _BOUGHT:
        kind = Kind.BUY
    elif row.kind in _SOLD:
        kind = Kind.SELL
    else:
        kind = Kind.DEPOSIT if row.amount > ZERO else Kind.WITHDRAWAL
    security = rows.securities.get(row.security_id) if row.security_id else None
    return Event(
        on=row.traded_on,
        kind=kind,
        amount=abs(row.amount),
        settles_on=_settles_on(row, rows),
        security=security.symbol if security else "",
        # What the account held before, and sells, was paid for: only purchases in these days can be unpaid.
        is_fully_paid=kind is Kind.SELL and row.security_id not in _bought_keys(rows),
    )


def _bought_keys(rows: Rows) -> set[int | None]:
    since = rows.trade_on - timedelta(days=HISTORY_DAYS)
    return {one.security_id for one in rows.transactions if one.traded_on >= since}


def _settles_on(row: Transaction, rows: Rows) -> date:
    if row.settles_on is not None:
        return row.settles_on
    security = rows.securities.get(row.security_id) if row.security_id else None
    if row.kind not in (*_BOUGHT, *_SOLD):
        return row.traded_on
    return new_york().add_settlement_days(row.traded_on, security.settlement_days if security else 1)
