"""The rows a household's document is made of, fetched in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from clients import securities, year_to_date
from clients.models import (
    Account,
    CashFlow,
    Hold,
    Household,
    Policy,
    Price,
    RealizedGain,
    Security,
    SleeveMember,
    TaxLot,
    TaxProfile,
    Transaction,
)
from rebalancing import market_days
from rebalancing.models import Order, ProposedLot

HORIZON_DAYS = 35
"""How far ahead known money in and out is looked at ."""

RELEASED_BEFORE_DAYS = 7
"""An order released over a long weekend is traded at most so many days later."""

WASH_DAYS = 30

PURCHASES = (Transaction.Kind.BUY, Transaction.Kind.REINVESTMENT)


@dataclass(slots=True)
class Rows:
    """Everything the document is made of."""

    household: Household
    policy: Policy
    accounts: list[Account]
    lots: list[TaxLot]
    securities: dict[int, Security]
    prices: dict[int, Price]
    flows: list[CashFlow]
    holds: list[Hold]
    transactions: list[Transaction]
    losses: list[RealizedGain]
    sent_losses: list[ProposedLot]
    realized: dict[int, year_to_date.Realized]
    profiles: dict[int, TaxProfile]
    held_out: frozenset[int]
    as_of_on: date
    trade_on: date


def fetch(household: Household, policy: Policy, *, as_of_on: date, trade_on: date) -> Rows:
    accounts = list(
        household.accounts.filter(Q(closed_on=None) | Q(closed_on__gt=trade_on))
        .select_related("cash", "tax_unit", "owner")
        .prefetch_related("positions__security")
        .order_by("public_id")
    )
    lots = list(TaxLot.objects.filter(account__in=accounts, closed_on=None).select_related("account"))
    window = trade_on - timedelta(days=WASH_DAYS)
    transactions = list(
        Transaction.objects.filter(
            account__household=household, traded_on__gte=window, kind__in=PURCHASES, quantity__gt=0
        ).exclude(security=None)
    )
    since = min(date(trade_on.year, 1, 1), window)
    # What an untaxed account loses is no loss that a purchase could spoil: only taxed ones are asked for.
    reported = year_to_date.gains_since(household, since)
    losses = [
        gain
        for gain in reported
        if gain.sold_on >= window and gain.quantity and gain.basis is not None and gain.basis > gain.proceeds
    ]
    own = _sent(household, since=since, trade_on=trade_on)
    told = {(gain.account_id, gain.security_id, gain.sold_on) for gain in reported if gain.basis is not None}
    sent = [
        use
        for use in own
        if use.gain is not None
        and use.gain < 0
        and (day := sold_on(use)) >= window
        and (use.order.account_id, use.order.security_id, day) not in told
    ]
    members = SleeveMember.objects.filter(sleeve__model_class__version=policy.model)
    wanted = {lot.security_id for lot in lots}
    wanted |= {key for key in (one.security_id for one in transactions) if key is not None}
    wanted |= {one.security_id for one in losses} | {one.order.security_id for one in sent}
    wanted |= {member.security_id for member in members}
    wanted |= set(Security.objects.filter(replaces__security__in=wanted).values_list("pk", flat=True))
    found = Security.objects.filter(pk__in=wanted).select_related("wash_group")
    by_key = {
        one.pk: one
        for one in found.prefetch_related("class_weights__asset_class", "replacements__replacement")
    }
    # What was due by the day that the cash is known for is in that cash; what was due since is not yet.
    cash_days = {one.pk: one.cash.as_of_on for one in accounts if hasattr(one, "cash")}
    found_profiles = TaxProfile.objects.filter(tax_unit__household=household, tax_year=trade_on.year)
    profiles = {profile.tax_unit_id: profile for profile in found_profiles}
    return Rows(
        household=household,
        policy=policy,
        accounts=accounts,
        lots=lots,
        securities=by_key,
        prices=securities.prices_on(as_of_on, securities=by_key),
        flows=[
            flow
            for flow in CashFlow.objects.filter(
                account__in=accounts,
                due_on__lte=trade_on + timedelta(days=HORIZON_DAYS),
                done_on=None,
                cancelled_at=None,
            )
            if flow.due_on > cash_days.get(flow.account_id, as_of_on)
        ],
        holds=list(household.holds.filter(lifted_at=None, starts_on__lte=trade_on, expires_on__gte=trade_on)),
        transactions=transactions,
        losses=losses,
        sent_losses=sent,
        realized=year_to_date.of(
            profiles,
            year=trade_on.year,
            gains=reported,
            sales=year_to_date.sales_since(household, date(trade_on.year, 1, 1)),
            own=_own_sales(own, year=trade_on.year),
        ),
        profiles=profiles,
        held_out=frozenset(
            position.security_id
            for account in accounts
            for position in account.positions.all()
            if position.held_out
        ),
        as_of_on=as_of_on,
        trade_on=trade_on,
    )


def _sent(household: Household, *, since: date, trade_on: date) -> list[ProposedLot]:
    """The lots of taxed accounts that our own orders sold from `since` to the trade day.

    Most custodians tell of realised gains late or never; the desk knows what it sent.
    """
    sent = (
        ProposedLot.objects.filter(
            order__account__household=household,
            order__account__tax_treatment=Account.TaxTreatment.TAXABLE,
            order__order__batch__released_at__gte=market_days.opened_at(
                since - timedelta(days=RELEASED_BEFORE_DAYS)
            ),
        )
        .exclude(order__order__state=Order.State.CANCELLED)
        .select_related("order__account", "order__security", "order__order__batch")
    )
    return [use for use in sent if since <= sold_on(use) <= trade_on]


def _own_sales(sent: list[ProposedLot], *, year: int) -> list[year_to_date.OwnSale]:
    """The year's own sales with the gain that was estimated for each when the orders were released."""
    return [
        year_to_date.OwnSale(
            tax_unit_id=use.order.account.tax_unit_id,
            account_id=use.order.account_id,
            security_id=use.order.security_id,
            symbol=use.order.security.symbol,
            sold_on=day,
            gain=None if use.gain is None else use.gain + use.disallowed,
            term=use.term,
        )
        for use in sent
        if (day := sold_on(use)).year == year and use.order.account.tax_unit_id is not None
    ]


def sold_on(use: ProposedLot) -> date:
    """The session in which a released sale was executed."""
    return market_days.trade_day(use.order.order.batch.released_at)


def gaps(rows: Rows) -> list[str]:
    """What must be known before the household can be measured at all."""
    reasons = []
    if not rows.accounts:
        reasons.append("The household has no open account on record.")
    held = {lot.security_id for lot in rows.lots}
    for key, security in sorted(rows.securities.items(), key=lambda one: one[1].symbol):
        if key not in rows.prices:
            reasons.append(f"There is no price of {security.symbol} up to {rows.as_of_on}.")
        if key in held and not security.class_weights.all():
            reasons.append(f"{security.symbol} has no asset class on record.")
    for unit in {account.tax_unit for account in rows.accounts if account.tax_unit}:
        if unit.pk not in rows.profiles:
            reasons.append(f"The tax profile of {unit.name} for {rows.trade_on.year} is not on record.")
    return reasons
