"""Missing input fails: leave out one fact after another, and the rule that needs it says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from compliance.rules import book
from compliance.rules.facts.case import Case, Side, Term
from compliance.rules.facts.recorded import Fact
from compliance.rules.facts.surroundings import Arranged, Counterparty, Distribution, Insider
from compliance.rules.findings.severity import Severity
from tests.compliance.rules import cases
from tests.compliance.rules.cases import HEALTHY, with_account, with_buy, with_lot, with_policy, with_sell

WITH_LOSS = with_lot(gain=D(-400))


def out(**changes: None) -> Callable[[], Case]:
    return lambda: replace(HEALTHY, **changes)


def account(**changes: None) -> Callable[[], Case]:
    return lambda: with_account(**changes)


def around(**changes: None) -> Callable[[], Case]:
    return lambda: cases.around(**changes)


AT_THE_CLOSE = replace(HEALTHY, now=cases.at("2026-11-23 15:40"))

LEFT_OUT: list[tuple[str, str, str, Callable[[], Case]]] = [
    ("PTC-01", "BLOCK", "who decides", account(authority=None)),
    ("PTC-03", "BLOCK", "holds", account(holds=None)),
    ("PTC-04", "BLOCK", "policy", out(policy=None)),
    ("PTC-04", "BLOCK", "approved version", lambda: with_policy(approved_version=None)),
    ("PTC-05", "WARN", "tax units", out(tax_units=None)),
    ("PTC-06", "BLOCK", "insiders", around(insiders=None)),
    (
        "PTC-06",
        "BLOCK",
        "issuer",
        lambda: cases.around(
            cases.with_security("BND", kind="stock", issuer=None),
            insiders=(Insider(who="Ana", issuer="XYZ"),),
        ),
    ),
    ("PTC-07", "BLOCK", "the firm's lists", out(firm_list=None)),
    ("PTC-08", "BLOCK", "restrictions", lambda: with_policy(restrictions=None)),
    ("PTC-09", "BLOCK", "locks", lambda: with_lot(locks=None)),
    ("PTC-10", "BLOCK", "ranges", lambda: with_policy(ranges=None)),
    ("PTC-10", "BLOCK", "no range at all", lambda: with_policy(ranges=())),
    ("PTC-10", "BLOCK", "weights", out(weights=None)),
    ("PTC-10", "BLOCK", "one class's weight", lambda: replace(HEALTHY, weights=(HEALTHY.weights or ())[:1])),
    (
        "PTC-10",
        "BLOCK",
        "one class's range",
        lambda: with_policy(ranges=(HEALTHY.policy.ranges or ())[:1] if HEALTHY.policy else None),
    ),
    ("PTC-11", "OVERRIDE", "weights", out(weights=None)),
    (
        "PTC-11",
        "OVERRIDE",
        "targets",
        lambda: replace(HEALTHY, weights=tuple(replace(one, target=None) for one in HEALTHY.weights or ())),
    ),
    ("PTC-12", "BLOCK", "model assigned", account(model_assigned=None)),
    ("PTC-12", "BLOCK", "model used", account(model_used=None)),
    ("PTC-13", "BLOCK", "kind of security", lambda: cases.with_security("BND", kind=None)),
    ("PTC-13", "BLOCK", "issuer", lambda: cases.with_security("BND", kind="stock", issuer=None)),
    ("PTC-13", "BLOCK", "issuer's weight", lambda: cases.with_security("BND", kind="stock")),
    ("PTC-15", "BLOCK", "cap", lambda: with_policy(equity_cap=None)),
    ("PTC-15", "BLOCK", "share of stocks", out(equity_after=None)),
    ("PTC-16", "BLOCK", "settled cash", account(cash_settled=None)),
    ("PTC-16", "BLOCK", "unsettled cash", account(cash_unsettled=None)),
    ("PTC-16", "BLOCK", "open buys", account(cash_for_open_buys=None)),
    ("PTC-16", "BLOCK", "reserve", account(cash_reserve=None)),
    ("PTC-16", "BLOCK", "withdrawals", account(withdrawals=None)),
    ("PTC-16", "BLOCK", "fees", account(fees_due=None)),
    ("PTC-16", "BLOCK", "amount", lambda: with_buy(amount=None)),
    ("PTC-17", "OVERRIDE", "what the product is", lambda: cases.with_security("BND", name="Bond Bear 2x")),
    (
        "PTC-17",
        "OVERRIDE",
        "approvals",
        lambda: cases.around(cases.with_security("BND", product="leveraged"), approvals=None),
    ),
    ("PTC-18", "BLOCK", "settled cash", account(cash_settled=None)),
    ("PTC-18", "BLOCK", "unsettled cash", account(cash_unsettled=None)),
    ("PTC-18", "BLOCK", "open buys", account(cash_for_open_buys=None)),
    ("PTC-18", "BLOCK", "settlement", lambda: with_sell(settles_on=None)),
    ("PTC-18", "BLOCK", "costs", lambda: with_buy(costs=None)),
    ("PTC-19", "BLOCK", "settled cash", account(cash_settled=None)),
    ("PTC-19", "BLOCK", "settlement", lambda: with_sell(settles_on=None)),
    ("PTC-20", "BLOCK", "what was bought", around(cash_histories=None)),
    ("PTC-21", "BLOCK", "settled cash", account(cash_settled=None)),
    ("PTC-21", "BLOCK", "settlement", lambda: with_sell(settles_on=None)),
    ("PTC-22", "WARN", "market", out(market=None)),
    ("PTC-22", "WARN", "kind of security", lambda: cases.with_security("BND", kind=None)),
    (
        "PTC-22",
        "WARN",
        "fund cut-off",
        lambda: cases.with_market(cases.with_security("BND", kind="mutual_fund"), fund_cut_off_at=None),
    ),
    ("PTC-23", "BLOCK", "positions", out(positions=None)),
    ("PTC-23", "BLOCK", "this position", lambda: replace(HEALTHY, positions=())),
    ("PTC-23", "BLOCK", "open orders", out(open_orders=None)),
    (
        "PTC-23",
        "BLOCK",
        "locked shares",
        lambda: replace(HEALTHY, positions=(cases.a_position("VTI", "650", shares_locked=None),)),
    ),
    (
        "PTC-24",
        "BLOCK",
        "fractional support",
        lambda: cases.with_security(
            "BND", with_account(with_buy(shares=D("1.5")), custodian_takes_fractions=True), fractional=None
        ),
    ),
    ("PTC-25", "WARN", "account value", account(value=None)),
    ("PTC-25", "WARN", "amount", lambda: with_buy(amount=None)),
    ("PTC-26", "OVERRIDE", "trading policies", around(trading_policies=None)),
    ("PTC-26", "OVERRIDE", "last purchases", around(fund_buys=None)),
    ("PTC-27", "BLOCK", "open orders", out(open_orders=None)),
    ("PTC-27", "BLOCK", "pending lots", out(pending_lots=None)),
    ("PTC-28", "OVERRIDE", "open orders", out(open_orders=None)),
    ("PTC-29", "BLOCK", "purchases", lambda: replace(WITH_LOSS, purchases=None)),
    ("PTC-29", "BLOCK", "positions", lambda: replace(WITH_LOSS, positions=None)),
    ("PTC-29", "BLOCK", "wash group", lambda: cases.with_security("VTI", WITH_LOSS, wash_group=None)),
    ("PTC-30", "BLOCK", "loss sales", out(loss_sales=None)),
    ("PTC-30", "BLOCK", "wash group", lambda: cases.with_security("BND", WITH_LOSS, wash_group=None)),
    ("PTC-31", "OVERRIDE", "gain", lambda: with_lot(term=Term.SHORT, gain=None)),
    ("PTC-31", "OVERRIDE", "term", lambda: with_lot(term=None)),
    ("PTC-31", "OVERRIDE", "days", lambda: with_lot(term=Term.SHORT, days_to_long_term=None)),
    (
        "PTC-31",
        "OVERRIDE",
        "rates",
        lambda: cases.with_unit(with_lot(term=Term.SHORT, days_to_long_term=3), rate_long=None),
    ),
    ("PTC-32", "BLOCK", "tax units", out(tax_units=None)),
    ("PTC-32", "BLOCK", "the budget", lambda: cases.with_unit(gain_budget=None)),
    ("PTC-32", "BLOCK", "this year's gains", lambda: cases.with_unit(net_before=None)),
    ("PTC-32", "BLOCK", "a lot's gain", lambda: with_lot(gain=None)),
    ("PTC-33", "OVERRIDE", "tax", out(tax_estimate=None)),
    ("PTC-33", "OVERRIDE", "value", account(value=None)),
    ("PTC-33", "OVERRIDE", "weights", out(weights=None)),
    ("PTC-34", "WARN", "tax units", out(tax_units=None)),
    ("PTC-34", "WARN", "income", lambda: cases.with_unit(magi_after=None)),
    ("PTC-34", "WARN", "lines", lambda: cases.with_unit(income_lines=None)),
    ("PTC-35", "BLOCK", "lots", lambda: with_sell(lots=())),
    ("PTC-35", "BLOCK", "settlement", lambda: with_sell(settles_on=None)),
    ("PTC-36", "OVERRIDE", "basis", lambda: with_lot(basis=None)),
    ("PTC-36", "OVERRIDE", "agreement with the custodian", lambda: with_lot(basis_reconciled=None)),
    ("PTC-36", "OVERRIDE", "tax treatment", lambda: with_account(with_lot(basis=None), tax_advantaged=None)),
    ("PTC-37", "WARN", "distributions", around(distributions=None)),
    (
        "PTC-37",
        "WARN",
        "the amount",
        lambda: cases.around(distributions=(Distribution(security="BND", ex_on=date(2026, 12, 1)),)),
    ),
    ("PTC-38", "WARN", "distributions", around(distributions=None)),
    (
        "PTC-38",
        "WARN",
        "a lot's day",
        lambda: cases.around(
            with_lot(acquired_on=None), distributions=(Distribution(security="VTI", ex_on=date(2026, 11, 2)),)
        ),
    ),
    ("PTC-39", "BLOCK", "market", out(market=None)),
    ("PTC-39", "BLOCK", "opening", lambda: cases.with_market(opens_at=None)),
    ("PTC-39", "BLOCK", "last close", lambda: cases.with_market(previous_close_at=None)),
    ("PTC-39", "BLOCK", "price time", lambda: with_buy(price_now_at=None)),
    ("PTC-39", "OVERRIDE", "index move", lambda: cases.with_market(index_move=None)),
    ("PTC-41", "BLOCK", "market", out(market=None)),
    ("PTC-41", "BLOCK", "the volume", lambda: cases.with_security("BND", AT_THE_CLOSE, daily_volume=None)),
    ("PTC-41", "BLOCK", "the spread", lambda: cases.with_security("BND", AT_THE_CLOSE, half_spread=None)),
    ("PTC-42", "BLOCK", "the order's kind", lambda: with_buy(order_type=None)),
    ("PTC-42", "BLOCK", "the limit", lambda: with_buy(limit=None)),
    ("PTC-42", "BLOCK", "a price", lambda: with_buy(price_now=None)),
    ("PTC-42", "BLOCK", "the spread", lambda: with_buy(order_type="market")),
    ("PTC-43", "OVERRIDE", "amount", lambda: with_buy(amount=None)),
    ("PTC-43", "OVERRIDE", "account value", account(value=None)),
    ("PTC-43", "OVERRIDE", "usual order", account(usual_order=None)),
    ("PTC-44", "BLOCK", "halts", around(halts=None)),
    ("PTC-45", "BLOCK", "arranged trades", around(arranged=None)),
    (
        "PTC-45",
        "BLOCK",
        "registration",
        lambda: cases.around(
            with_account(kind=None),
            arranged=(Arranged(account="joint", security="BND", side="buy", counterparty=Counterparty.FIRM),),
        ),
    ),
    ("PTC-46", "BLOCK", "blocks", out(blocks=None)),
    ("PTC-47", "BLOCK", "preparers", out(preparers=None)),
    ("PTC-47", "BLOCK", "approver", out(approver=None)),
    ("PTC-47", "BLOCK", "approver's roles", out(approver_roles=None)),
    ("PTC-48", "BLOCK", "build day", out(built_on=None)),
    ("PTC-48", "BLOCK", "trading days", out(trading_days=None)),
    ("PTC-48", "BLOCK", "earlier trading days", lambda: replace(HEALTHY, trading_days=(cases.MONDAY,))),
    ("PTC-48", "BLOCK", "what changed", out(changed_since_build=None)),
    ("PTC-48", "BLOCK", "reconciliation", account(reconciled_on=None)),
    ("PTC-48", "BLOCK", "latest price", lambda: with_buy(price_now=None)),
    ("PTC-48", "BLOCK", "price at the build", lambda: with_buy(price=None)),
]


@pytest.mark.parametrize(
    ("rule", "level", "what", "case"),
    LEFT_OUT,
    ids=[f"{rule} without {what}" for rule, _, what, _ in LEFT_OUT],
)
def test_missing_input_fails(rule: str, level: str, what: str, case: Callable[[], Case]) -> None:
    assert cases.severity(rule, case()) is Severity[level]


@pytest.mark.parametrize(
    ("rule", "fact"),
    [(rule.RULE.id, fact) for rule in book.RULES for fact in rule.RULE.facts if fact.is_needed],
    ids=lambda value: str(value),
)
def test_a_column_of_the_record_that_is_empty_fails_its_rule(rule: str, fact: Fact[object]) -> None:
    assert cases.severity(rule, cases.without(fact)) is book.RULES_BY_ID[rule].RULE.failing


def test_the_case_with_a_loss_is_healthy_too() -> None:
    assert cases.severity("PTC-29", WITH_LOSS) is Severity.PASS
    assert cases.severity("PTC-30", WITH_LOSS) is Severity.PASS
    assert [trade.side for trade in WITH_LOSS.trades] == [Side.SELL, Side.BUY]
