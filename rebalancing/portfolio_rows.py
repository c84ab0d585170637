"""The rows a household's document is made of, fetched in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q

from clients import securities
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

HORIZON_DAYS = 35
"""How far ahead known money in and out is looked at ."""

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
    gains: list[RealizedGain]
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
            account__household=household, traded_on__gte=window, kind__in=PURCHASES
        ).exclude(security=None)
    )
    gains = list(
        RealizedGain.objects.filter(
            account__household=household, sold_on__gte=min(date(trade_on.year, 1, 1), window)
        ).select_related("account")
    )
    losses = [
        gain
        for gain in gains
        if gain.sold_on >= window and gain.basis is not None and gain.basis > gain.proceeds
    ]
    members = SleeveMember.objects.filter(sleeve__model_class__version=policy.model)
    wanted = {lot.security_id for lot in lots}
    wanted |= {key for key in (one.security_id for one in transactions) if key is not None}
    wanted |= {one.security_id for one in losses} | {member.security_id for member in members}
    wanted |= set(Security.objects.filter(replaces__security__in=wanted).values_list("pk", flat=True))
    found = Security.objects.filter(pk__in=wanted).select_related("wash_group")
    by_key = {
        one.pk: one
        for one in found.prefetch_related("class_weights__asset_class", "replacements__replacement")
    }
    profiles = TaxProfile.objects.filter(tax_unit__household=household, tax_year=trade_on.year)
    return Rows(
        household=household,
        policy=policy,
        accounts=accounts,
        lots=lots,
        securities=by_key,
        prices=securities.prices_on(as_of_on, securities=by_key),
        flows=list(
            CashFlow.objects.filter(
                account__in=accounts,
                due_on__gt=as_of_on,
                due_on__lte=trade_on + timedelta(days=HORIZON_DAYS),
                done_on=None,
                cancelled_at=None,
            )
        ),
        holds=list(household.holds.filter(lifted_at=None, starts_on__lte=trade_on, expires_on__gte=trade_on)),
        transactions=transactions,
        losses=losses,
        gains=[gain for gain in gains if gain.sold_on.year == trade_on.year],
        profiles={profile.tax_unit_id: profile for profile in profiles},
        held_out=frozenset(
            position.security_id
            for account in accounts
            for position in account.positions.all()
            if position.held_out
        ),
        as_of_on=as_of_on,
        trade_on=trade_on,
    )


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
