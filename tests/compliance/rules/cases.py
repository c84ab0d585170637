"""Ana's household on Monday, November 23, 2026: a proposal that every rule lets pass, and ways to spoil it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any
from zoneinfo import ZoneInfo

from compliance.rules import book
from compliance.rules.facts.case import (
    Account,
    Authority,
    BasisStatus,
    Case,
    ClassRange,
    ClassWeight,
    LotUse,
    Market,
    OwnerKind,
    Policy,
    Position,
    Security,
    Side,
    Stage,
    TaxUnit,
    Term,
    Trade,
)
from compliance.rules.findings.finding import Finding
from compliance.rules.findings.severity import Severity, highest

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def at(text: str) -> datetime:
    """``2026-11-23 11:00`` on the clocks of New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


MONDAY_ELEVEN = at("2026-11-23 11:00")


def an_account(key: str, **changes: Any) -> Account:
    facts: dict[str, Any] = {
        "key": key,
        "label": "Ana's joint account",
        "kind": "joint",
        "tax_advantaged": False,
        "owner": OwnerKind.SELF,
        "authority": Authority.DISCRETIONARY,
        "discretion_from": date(2024, 1, 2),
        "agreement_signed_on": date(2023, 12, 15),
        "agreement_effective_on": date(2024, 1, 2),
        "holds": (),
        "value": D(100000),
        "cash_settled": D(6000),
        "cash_unsettled": (),
        "cash_for_open_buys": D(0),
        "cash_reserve": D(1000),
        "withdrawals": (),
        "fees_due": D(0),
        "margin_agreement": False,
        "custodian_takes_fractions": False,
        "reconciled_on": FRIDAY,
        "model_assigned": "60/40 v3",
        "model_used": "60/40 v3",
        "usual_order": D(2500),
    }
    return Account(**facts | changes)


def a_security(key: str, **changes: Any) -> Security:
    facts: dict[str, Any] = {
        "key": key,
        "name": key,
        "kind": "etf",
        "issuer": f"{key} Trust",
        "sector": "broad market",
        "tags": frozenset(),
        "asset_class": "stocks",
        "wash_group": f"group {key}",
        "wash_applies": True,
        "fractional": False,
        "adv_shares": D(4_000_000),
    }
    return Security(**facts | changes)


def a_trade(side: Side, security: str, **changes: Any) -> Trade:
    shares, price = D(changes.pop("shares", "20")), D(changes.pop("price", "100"))
    facts: dict[str, Any] = {
        "account": "joint",
        "security": security,
        "side": side,
        "shares": shares,
        "price": price,
        "priced_at": at("2026-11-23 10:55"),
        "price_now": price,
        "price_now_at": at("2026-11-23 10:55"),
        "amount": shares * price,
        "costs": D(0),
        "settles_on": TUESDAY,
    }
    return Trade(**facts | changes)


def a_lot(**changes: Any) -> LotUse:
    facts: dict[str, Any] = {
        "lot": "L1",
        "shares": D(20),
        "acquired_on": date(2021, 3, 1),
        "term": Term.LONG,
        "gain": D(400),
        "basis": BasisStatus.COVERED,
        "basis_reconciled": True,
        "locks": frozenset(),
        "days_to_long_term": 0,
    }
    return LotUse(**facts | changes)


def a_position(security: str, shares: str, **changes: Any) -> Position:
    facts: dict[str, Any] = {
        "account": "joint",
        "security": security,
        "shares": D(shares),
        "shares_locked": D(0),
        "shares_reconciled": True,
        "reinvests": False,
    }
    return Position(**facts | changes)


SELL_STOCKS = a_trade(Side.SELL, "VTI", lots=(a_lot(),))
BUY_BONDS = a_trade(Side.BUY, "BND", shares="25", price="80")

HEALTHY = Case(
    now=MONDAY_ELEVEN,
    trade_on=MONDAY,
    household="Ana",
    proposal="pr_1",
    proposal_version=4,
    proposal_hash="hash of v4",
    built_at=at("2026-11-23 10:56"),
    built_on=MONDAY,
    changed_since_build=(),
    trading_days=(date(2026, 11, 18), date(2026, 11, 19), FRIDAY, MONDAY),
    preparers=frozenset({"ana"}),
    approver="rui",
    approver_roles=frozenset({"reviewer"}),
    accounts=(an_account("joint"),),
    securities=(a_security("VTI"), a_security("BND", asset_class="bonds")),
    trades=(SELL_STOCKS, BUY_BONDS),
    positions=(a_position("VTI", "650"), a_position("BND", "375")),
    open_orders=(),
    pending_lots=(),
    policy=Policy(
        approved_version="3",
        approved_on=date(2024, 1, 2),
        last_review_on=date(2026, 3, 2),
        ranges=(
            ClassRange(asset_class="stocks", low=D("0.50"), high=D("0.70")),
            ClassRange(asset_class="bonds", low=D("0.20"), high=D("0.50")),
        ),
        restrictions=(),
        margin_permitted=False,
        equity_cap=D("0.70"),
    ),
    weights=(
        ClassWeight(asset_class="stocks", before=D("0.65"), after=D("0.63"), target=D("0.60")),
        ClassWeight(asset_class="bonds", before=D("0.30"), after=D("0.32"), target=D("0.40")),
    ),
    firm_list=(),
    purchases=(),
    loss_sales=(),
    tax_units=(
        TaxUnit(
            key="ana",
            label="Ana and Tom",
            accounts=frozenset({"joint"}),
            gain_budget=D(20000),
            has_gain_budget=True,
            net_before=D(1500),
            rate_short=D("0.35"),
            rate_long=D("0.15"),
            magi_before=D(212000),
            magi_after=D(212400),
            income_lines=(("irmaa_tier1", D(218000)), ("niit", D(250000))),
            tax_profile_on=date(2026, 4, 20),
        ),
    ),
    tax_estimate=D(60),
    issuers=(),
    blocks=(),
    profile_confirmed_on=date(2025, 3, 3),
    equity_before=D("0.65"),
    equity_after=D("0.63"),
    market=Market(
        opens_at=at("2026-11-23 09:30"),
        closes_at=at("2026-11-23 16:00"),
        previous_close_at=at("2026-11-20 16:00"),
        index_move=D("0.001"),
        fund_cut_off_at=at("2026-11-23 15:45"),
    ),
)


def with_account(case: Case = HEALTHY, **changes: Any) -> Case:
    """The case with its first account changed."""
    first, *others = case.accounts
    return replace(case, accounts=(replace(first, **changes), *others))


def with_policy(case: Case = HEALTHY, **changes: Any) -> Case:
    assert case.policy is not None
    return replace(case, policy=replace(case.policy, **changes))


def with_sell(case: Case = HEALTHY, **changes: Any) -> Case:
    """The case with its first trade, the sale of VTI, changed."""
    first, *others = case.trades
    return replace(case, trades=(replace(first, **changes), *others))


def with_buy(case: Case = HEALTHY, **changes: Any) -> Case:
    """The case with its last trade, the purchase of BND, changed."""
    *others, last = case.trades
    return replace(case, trades=(*others, replace(last, **changes)))


def with_lot(case: Case = HEALTHY, **changes: Any) -> Case:
    return with_sell(case, lots=(a_lot(**changes),))


def with_security(key: str, case: Case = HEALTHY, **changes: Any) -> Case:
    return replace(
        case,
        securities=tuple(replace(one, **changes) if one.key == key else one for one in case.securities),
    )


def with_unit(case: Case = HEALTHY, **changes: Any) -> Case:
    """The case with its only tax unit changed."""
    (unit,) = case.tax_units or ()
    return replace(case, tax_units=(replace(unit, **changes),))


def with_market(case: Case = HEALTHY, **changes: Any) -> Case:
    assert case.market is not None
    return replace(case, market=replace(case.market, **changes))


def findings(rule: str, case: Case, stage: Stage = Stage.RELEASE) -> tuple[Finding, ...]:
    """What one rule says; every finding names that rule and its version."""
    module = book.RULES_BY_ID[rule]
    found = module.check(case.at_stage(stage))
    assert found, f"{rule} ran and left no finding"
    assert {(one.rule, one.version) for one in found} == {(rule, module.RULE.version)}
    return found


def worst(rule: str, case: Case, stage: Stage = Stage.RELEASE) -> Finding:
    return max(findings(rule, case, stage), key=lambda one: one.severity)


def severity(rule: str, case: Case, stage: Stage = Stage.RELEASE) -> Severity:
    return highest(one.severity for one in findings(rule, case, stage))
