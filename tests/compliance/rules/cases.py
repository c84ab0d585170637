"""Ana's household on Monday, November 23, 2026: a proposal that every rule lets pass, and ways to spoil it.

Every builder takes named columns: the fields of the case's values, and the columns of the record that some rule reads by
name (``Fact``), which stand at their rule's own example unless given. A drawn table names the same columns with the place
before the dot, and ``drawn`` builds the case of one row:

    bought.daily_volume | buy.shares | level
    40000               |       4000 | PASS
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal as D
from typing import Any, TypeVar, get_args, get_type_hints
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
from compliance.rules.facts.recorded import Fact, Subject
from compliance.rules.facts.surroundings import Surroundings
from compliance.rules.findings.finding import Finding
from compliance.rules.findings.severity import Severity, highest

NEW_YORK = ZoneInfo("America/New_York")
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def at(text: str) -> datetime:
    """``2026-11-23 11:00`` on the clocks of New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


MONDAY_ELEVEN = at("2026-11-23 11:00")


T = TypeVar("T")

SUBJECTS: dict[type, Subject] = {
    Case: Subject.HOUSEHOLD,
    Policy: Subject.POLICY,
    Account: Subject.ACCOUNT,
    TaxUnit: Subject.TAX_PROFILE,
    Security: Subject.SECURITY,
    LotUse: Subject.LOT,
}
"""The values of a case that carry columns of the record."""


def facts_of(kind: type) -> dict[str, Fact[Any]]:
    """The columns of the record that the book reads of such a value, by name."""
    return {fact.name: fact for fact in book.FACTS[SUBJECTS[kind]]} if kind in SUBJECTS else {}


def built(kind: type[T], /, **columns: Any) -> T:
    """A value of the case; a column of the record that is not given stands at its example."""
    known = facts_of(kind)
    fields = {name: value for name, value in columns.items() if name not in known}
    if kind in SUBJECTS:
        fields["recorded"] = tuple((name, columns.get(name, fact.example)) for name, fact in known.items())
    return kind(**fields)


def changed(row: Any, /, **columns: Any) -> Any:
    """The same value with some of its columns set otherwise."""
    known = facts_of(type(row))
    fields = {name: value for name, value in columns.items() if name not in known}
    if known:
        kept = {name: value for name, value in dict(row.recorded).items() if name not in columns}
        told = {name: value for name, value in columns.items() if name in known}
        fields["recorded"] = tuple(sorted((kept | told).items()))
    return replace(row, **fields)


def an_account(key: str, **changes: Any) -> Account:
    facts: dict[str, Any] = {
        "key": key,
        "label": "Ana's joint account",
        "kind": "joint",
        "tax_advantaged": False,
        "owner": OwnerKind.SELF,
        "authority": Authority.DISCRETIONARY,
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
        "is_of_a_plan": False,
    }
    return built(Account, **facts | changes)


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
    }
    return built(Security, **facts | changes)


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
        "order_type": "limit",
        "limit": price,
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
    return built(LotUse, **facts | changes)


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

HEALTHY = built(
    Case,
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
    policy=built(
        Policy,
        approved_version="3",
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
        built(
            TaxUnit,
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
        ),
    ),
    tax_estimate=D(60),
    issuers=(),
    blocks=(),
    equity_before=D("0.65"),
    equity_after=D("0.63"),
    surroundings=Surroundings(
        insiders=(),
        approvals=(),
        arranged=(),
        trading_policies=(),
        fund_buys=(),
        distributions=(),
        quotes=(),
        halts=(),
        cash_histories=(),
    ),
    market=Market(
        opens_at=at("2026-11-23 09:30"),
        closes_at=at("2026-11-23 16:00"),
        previous_close_at=at("2026-11-20 16:00"),
        index_move=D("0.001"),
        fund_cut_off_at=at("2026-11-23 15:45"),
    ),
)


def with_case(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with facts of its own changed, or columns of the household."""
    return changed(case, **columns)


def with_account(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with its first account changed."""
    first, *others = case.accounts
    return replace(case, accounts=(changed(first, **columns), *others))


def with_policy(case: Case = HEALTHY, **columns: Any) -> Case:
    assert case.policy is not None
    return replace(case, policy=changed(case.policy, **columns))


def with_sell(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with its first trade, the sale of VTI, changed."""
    first, *others = case.trades
    return replace(case, trades=(changed(first, **columns), *others))


def with_buy(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with its last trade, the purchase of BND, changed."""
    *others, last = case.trades
    return replace(case, trades=(*others, changed(last, **columns)))


def with_lot(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with the lot that its first trade sells changed."""
    first = case.trades[0]
    return with_sell(case, lots=(changed(first.lots[0], **columns),))


def with_security(key: str, case: Case = HEALTHY, **columns: Any) -> Case:
    securities = tuple(changed(one, **columns) if one.key == key else one for one in case.securities)
    return replace(case, securities=securities)


def with_unit(case: Case = HEALTHY, **columns: Any) -> Case:
    """The case with its only tax unit changed."""
    (unit,) = case.tax_units or ()
    return replace(case, tax_units=(changed(unit, **columns),))


def with_market(case: Case = HEALTHY, **columns: Any) -> Case:
    assert case.market is not None
    return replace(case, market=changed(case.market, **columns))


def around(case: Case = HEALTHY, **changes: Any) -> Case:
    """The case with other surroundings."""
    return replace(case, surroundings=replace(case.surroundings, **changes))


def without(fact: Fact[object], case: Case = HEALTHY) -> Case:
    """The case with one column of the record empty, in every row that has it."""
    kind = next(kind for kind, subject in SUBJECTS.items() if subject is fact.subject)
    for value, with_ in PLACES.values():
        if value is kind:
            case = with_(case, **{fact.name: None})
    return case


# ---- Drawn tables -------------------------------------------------------------------------------

PLACES: dict[str, tuple[type, Callable[..., Case]]] = {
    "household": (Case, with_case),
    "policy": (Policy, with_policy),
    "account": (Account, with_account),
    "return": (TaxUnit, with_unit),
    "sell": (Trade, with_sell),
    "buy": (Trade, with_buy),
    "sold": (Security, lambda case, **columns: with_security("VTI", case, **columns)),
    "bought": (Security, lambda case, **columns: with_security("BND", case, **columns)),
    "lot": (LotUse, with_lot),
    "market": (Market, with_market),
}
"""What stands before the dot of a drawn column: whose column it is. ``sold`` and ``bought`` are the securities."""


def drawn(row: dict[str, str], case: Case = HEALTHY) -> Case:
    """The case of one row of a drawn table; columns without a dot are not facts, and an empty cell is unknown."""
    for column, cell in row.items():
        place, dot, name = column.partition(".")
        if dot:
            kind, with_ = PLACES[place]
            case = with_(case, **{name: read(cell, kind, name)})
    return case


def read(cell: str, kind: type, name: str) -> Any:
    """A cell as the type of its column. Raises ``KeyError`` for a column that there is not."""
    known = facts_of(kind)
    wanted = known[name].kind if name in known else get_type_hints(kind)[name]
    types = [one for one in (get_args(wanted) or (wanted,)) if one is not type(None)]
    (of,) = types
    if not cell:
        return None
    if of is bool:
        return {"yes": True, "no": False}[cell]
    if of is datetime:
        return at(cell)
    if of is date:
        return date.fromisoformat(cell)
    return of(cell)


def level(rule: str, case: Case, stage: Stage = Stage.RELEASE) -> str:
    """The name of the most serious level that the rule gives, as a drawn table writes it."""
    return severity(rule, case, stage).name


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
