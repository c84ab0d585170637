"""Insiders, complex products, good faith, funds' terms, halts, arranged trades, and how orders are sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from compliance.rules import (
    arranged_trade,
    buying_a_distribution,
    complex_product,
    fund_trading_policy,
    illiquid_hours,
    insider,
    limit_collar,
    trading_halt,
)
from compliance.rules.facts.case import Case, Term
from compliance.rules.facts.surroundings import (
    Approval,
    Arranged,
    CashHistory,
    Counterparty,
    Distribution,
    FundBuy,
    Halt,
    HaltKind,
    Insider,
    Quote,
    TradingPolicy,
    Window,
    WindowKind,
)
from rebalancing.engine.market.cash_account_violations import Event, Kind
from tests.compliance.rules import cases
from tests.compliance.rules.cases import FRIDAY, HEALTHY, MONDAY, TUESDAY, around, at, level, with_lot, worst
from tests.spec.drawn import rows


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def number(text: str) -> D | None:
    return D(text) if text else None


@pytest.mark.parametrize(
    "row",
    rows(
        """
        windows                                      | quantity | level
                                                     | 1        | BLOCK
        blackout 2026-11-23 2026-11-23               | 1        | BLOCK
        clearance 2026-11-23 2026-11-23              | 1        | PASS
        clearance 2026-11-24 2026-11-30              | 1        | BLOCK
        clearance 2026-11-01 2026-11-22              | 1        | BLOCK
        rule_144 2026-11-01 2026-12-31 100           | 100      | PASS
        rule_144 2026-11-01 2026-12-31 100           | 101      | BLOCK
        clearance 2026-11-01 2026-12-31, blackout 2026-11-20 2026-12-01 | 1 | BLOCK
        plan 2026-11-01 2026-12-31, blackout 2026-11-20 2026-12-01 | 1 | PASS
        rule_144 2026-11-01 2026-12-31 100, clearance 2026-11-01 2026-12-31 | 500 | PASS
        """
    ),
)
def test_an_insider_trades_in_an_open_window_only(row: dict[str, str]) -> None:
    windows = []
    for told in filter(None, row["windows"].split(", ")):
        kind, first, last, *most = told.split()
        windows.append(
            Window(
                kind=WindowKind(kind),
                from_on=date.fromisoformat(first),
                until_on=date.fromisoformat(last),
                shares_max=D(most[0]) if most else None,
            )
        )

    assert insider.insider_severity(windows, on=MONDAY, quantity=D(row["quantity"])).name == row["level"]


def test_both_sides_of_an_insiders_issuer_are_blocked_and_what_others_issue_is_not() -> None:
    case = around(insiders=(Insider(who="Ana, officer of VTI Trust", issuer="VTI Trust"),))

    found = [one for one in cases.findings("PTC-06", case) if one.severity]

    assert [one.about[0].security for one in found] == ["VTI"]
    assert found[0].sentence == (
        "Ana, officer of VTI Trust: no clearance, Rule 144 notice or plan is on record, so VTI is not traded for this "
        "household."
    )


def test_shares_of_an_issuer_add_up_against_the_windows_limit() -> None:
    limit = Window(kind=WindowKind.RULE_144, from_on=MONDAY, until_on=MONDAY, shares_max=D(10))
    case = around(insiders=(Insider(who="Ana", issuer="VTI Trust", windows=(limit,)),))

    assert "allows 10 shares, and this proposal trades 20" in worst("PTC-06", case).sentence


@pytest.mark.parametrize(
    ("product", "name", "complex_"),
    [
        ("plain", "Anything 2x", False),
        ("leveraged", "Anything", True),
        ("", "Invented US Stock ETF", False),
        ("", "Ultra-Short Bond ETF", False),
        ("", "UltraShort S&P", None),
        ("", "Daily Semiconductor Bull 3x", None),
        ("", "Short-Term Treasury", False),
        ("", "Inverse VIX", None),
        ("", "Beartooth Growth Fund", False),
        ("", "S&P 500 Buffer April", None),
        ("", "Equity Premium Income ETF", None),
        ("", "Real Estate Interval Fund", None),
        ("", "Equity Income Fund", False),
    ],
)
def test_a_name_that_sounds_complex_is_asked_about(product: str, name: str, complex_: bool | None) -> None:
    assert complex_product.is_complex(product or None, name=name) is complex_


@pytest.mark.parametrize(
    ("product", "approvals", "wanted"),
    [
        ("plain", (), "PASS"),
        ("leveraged", (), "OVERRIDE"),
        ("leveraged", (Approval(product="leveraged"),), "PASS"),
        ("leveraged", (Approval(product="inverse"),), "OVERRIDE"),
        ("leveraged", (Approval(product="leveraged", security="BND"),), "PASS"),
        ("leveraged", (Approval(product="leveraged", security="VTI"),), "OVERRIDE"),
    ],
)
def test_a_complex_product_is_bought_for_whom_it_is_approved(
    product: str, approvals: tuple[Approval, ...], wanted: str
) -> None:
    assert level("PTC-17", around(cases.with_security("BND", product=product), approvals=approvals)) == wanted
    assert complex_product.RULE.override_roles == {"compliance"}


def history(*events: Event, settled: str = "0") -> Case:
    """What the joint account did since last Friday; it sells VTI on Monday."""
    made = CashHistory(account="joint", since=FRIDAY, settled_before=D(settled), events=events)
    return around(with_lot(acquired_on=FRIDAY), cash_histories=(made,))


def event(
    kind: Kind, security: str, amount: str, *, on: date = FRIDAY, settles: date = TUESDAY, **more: Any
) -> Event:
    return Event(on=on, kind=kind, amount=D(amount), settles_on=settles, security=security, **more)


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        # Bought with the proceeds of a sale that settles on Tuesday.
        (history(event(Kind.SELL, "XYZ", "2000", is_fully_paid=True), event(Kind.BUY, "VTI", "2000")), "BLOCK"),
        # Those proceeds have settled by Monday.
        (
            history(
                event(Kind.SELL, "XYZ", "2000", settles=MONDAY, is_fully_paid=True), event(Kind.BUY, "VTI", "2000")
            ),
            "PASS",
        ),
        # Bought with settled money.
        (history(event(Kind.BUY, "VTI", "2000"), settled="2000"), "PASS"),
        # Never paid for.
        (history(event(Kind.BUY, "VTI", "2000")), "BLOCK"),
        # Something else was bought.
        (history(event(Kind.BUY, "XYZ", "2000")), "PASS"),
    ],
)  # fmt: skip
def test_what_was_bought_with_unsettled_money_is_not_sold_before_it_settles(case: Case, wanted: str) -> None:
    assert level("PTC-20", case) == wanted


def test_older_shares_and_accounts_with_margin_may_be_sold() -> None:
    case = history(event(Kind.SELL, "XYZ", "2000", is_fully_paid=True), event(Kind.BUY, "VTI", "2000"))

    assert level("PTC-20", with_lot(case, acquired_on=date(2020, 1, 2))) == "PASS"
    assert level("PTC-20", cases.with_account(case, margin_agreement=True)) == "PASS"
    assert worst("PTC-20", case).sentence == (
        "VTI in Ana's joint account was bought with money that has not settled, so it is not sold before November 24, "
        "2026."
    )


@pytest.mark.parametrize(
    "row",
    rows(
        """
        bought     | sold       | days | round trip
        2026-11-03 | 2026-11-23 | 30   | yes
        2026-10-24 | 2026-11-23 | 30   | yes
        2026-10-23 | 2026-11-23 | 30   | no
        2026-11-23 | 2026-11-23 | 30   | yes
        2026-11-24 | 2026-11-23 | 30   | no
                   | 2026-11-23 | 30   | no
        """
    ),
)
def test_a_round_trip_ends_within_the_funds_days(row: dict[str, str]) -> None:
    sold = day(row["sold"])
    assert sold is not None

    found = fund_trading_policy.is_round_trip(
        bought_on=day(row["bought"]), sold_on=sold, holding_days=int(row["days"])
    )

    assert found is (row["round trip"] == "yes")


def test_a_redemption_fee_is_shown_and_alone_is_a_note() -> None:
    policy = TradingPolicy(security="VTI", holding_days=30, redemption_fee=D("0.02"), fee_days=60)
    young = around(with_lot(acquired_on=date(2026, 10, 1)), trading_policies=(policy,))
    bought = around(young, fund_buys=(FundBuy(account="joint", security="VTI", on=date(2026, 11, 3)),))

    assert (level("PTC-26", young), level("PTC-26", bought)) == ("WARN", "OVERRIDE")
    assert "Its redemption fee is about $40.00." in worst("PTC-26", bought).sentence
    assert level("PTC-26", with_lot(young, acquired_on=date(2020, 1, 2))) == "PASS"
    other = FundBuy(account="ira", security="VTI", on=date(2026, 11, 3))
    assert level("PTC-26", around(young, fund_buys=(other,))) == "WARN"


@pytest.mark.parametrize(
    "row",
    rows(
        """
        ex         | record     | trade      | fraction | level
        2026-12-16 | 2026-12-15 | 2026-12-07 | 0.04     | WARN
        2026-12-16 | 2026-12-15 | 2026-11-30 | 0.04     | WARN
        2026-12-16 | 2026-12-15 | 2026-11-29 | 0.04     | PASS
        2026-12-16 | 2026-12-15 | 2026-12-07 | 0.01     | WARN
        2026-12-16 | 2026-12-15 | 2026-12-07 | 0.0099   | PASS
        2026-12-15 | 2026-12-15 | 2026-12-15 | 0.04     | PASS
        2026-12-15 |            | 2026-12-14 | 0.04     | WARN
        """
    ),
)
def test_a_distribution_that_is_near_and_large_is_named(row: dict[str, str]) -> None:
    ex_on, trade_on = day(row["ex"]), day(row["trade"])
    assert ex_on is not None
    assert trade_on is not None

    found = buying_a_distribution.distribution_severity(
        ex_on=ex_on, record_on=day(row["record"]), trade_on=trade_on, fraction=D(row["fraction"])
    )

    assert found.name == row["level"]


def test_only_purchases_in_taxable_accounts_are_named() -> None:
    case = around(distributions=(Distribution(security="BND", ex_on=date(2026, 12, 1), fraction=D("0.04")),))

    assert level("PTC-37", case) == "WARN"
    assert level("PTC-37", cases.with_account(case, tax_advantaged=True)) == "PASS"


def of_four_months(gain: str = "-150", **distribution: D) -> Case:
    """20 shares of VTI held for four months, which distributed in the meantime."""
    paid = Distribution(security="VTI", ex_on=date(2026, 10, 1), **distribution)
    return around(
        with_lot(acquired_on=date(2026, 7, 20), term=Term.SHORT, gain=D(gain), days_to_long_term=240),
        distributions=(paid,),
    )


@pytest.mark.parametrize(
    ("case", "wanted", "words"),
    [
        (of_four_months(long_gain=D("2.5")), "WARN", "$50.00 of the loss becomes long-term"),
        (of_four_months(exempt=D("1")), "WARN", "$20.00 of it is void"),
        (of_four_months(gain="150", long_gain=D("2.5")), "PASS", ""),
        (of_four_months(), "PASS", ""),
        (with_lot(of_four_months(long_gain=D("2.5")), acquired_on=date(2026, 5, 20)), "PASS", ""),
        (with_lot(of_four_months(long_gain=D("2.5")), acquired_on=date(2026, 10, 1)), "PASS", ""),
        (
            with_lot(of_four_months(qualified=D("1")), acquired_on=date(2026, 9, 28)),
            "WARN",
            "taxed as ordinary",
        ),
        (of_four_months(qualified=D("1")), "PASS", ""),
    ],
)
def test_a_funds_loss_within_six_months_changes_its_character(case: Case, wanted: str, words: str) -> None:
    assert level("PTC-38", case) == wanted
    assert words in worst("PTC-38", case).sentence


@pytest.mark.parametrize(
    "row",
    rows(
        """
        now              | volume  | half spread | level
        2026-11-23 09:29 | 4000    | 0.0001      | PASS
        2026-11-23 09:30 | 4000    | 0.0001      | BLOCK
        2026-11-23 09:45 | 4000    | 0.0001      | PASS
        2026-11-23 15:29 | 4000    | 0.0001      | PASS
        2026-11-23 15:30 | 4000    | 0.0001      | BLOCK
        2026-11-23 15:40 | 62500   | 0.0001      | PASS
        2026-11-23 15:40 | 62499   | 0.0001      | BLOCK
        2026-11-23 15:40 | 4000000 | 0.0025      | PASS
        2026-11-23 15:40 | 4000000 | 0.0026      | BLOCK
        2026-11-23 16:00 | 4000    | 0.0001      | PASS
        """
    ),
)
def test_what_is_illiquid_waits_at_both_ends_of_the_session(row: dict[str, str]) -> None:
    case = cases.with_security(
        "BND", HEALTHY, daily_volume=D(row["volume"]), half_spread=D(row["half spread"])
    )
    case = cases.with_security("VTI", case, half_spread=D("0.0001"))

    assert level("PTC-41", replace(case, now=at(row["now"]))) == row["level"]
    assert (
        level("PTC-41", cases.with_security("BND", replace(case, now=at(row["now"])), kind="mutual_fund"))
        == "PASS"
    )


def test_the_quote_of_the_day_counts_before_the_usual_spread() -> None:
    case = cases.with_security(
        "BND", cases.with_security("VTI", half_spread=D("0.0001")), half_spread=D("0.0001")
    )
    wide = Quote(security="BND", at=at("2026-11-23 10:00"), bid=D("79.5"), ask=D("80.5"))

    assert level("PTC-41", replace(around(case, quotes=(wide,)), now=at("2026-11-23 15:40"))) == "BLOCK"
    assert illiquid_hours.spread_of(case.buys[0], around(case, quotes=(wide,))) == D("0.0125")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        limit | mid | illiquid | level
        52.10 | 50  | no       | BLOCK
        51.00 | 50  | no       | PASS
        51.01 | 50  | no       | BLOCK
        49.00 | 50  | no       | PASS
        48.99 | 50  | no       | BLOCK
        52.50 | 50  | yes      | PASS
        52.51 | 50  | yes      | BLOCK
        """
    ),
)
def test_a_limit_stays_within_the_collar(row: dict[str, str]) -> None:
    found = limit_collar.collar_severity(
        limit=D(row["limit"]), mid=D(row["mid"]), is_illiquid=row["illiquid"] == "yes"
    )

    assert found.name == row["level"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        spread  | shares | volume | level
        0.0005  | 100    | 10000  | PASS
        0.00051 | 100    | 10000  | BLOCK
        0.0005  | 101    | 10000  | BLOCK
        """
    ),
)
def test_a_market_order_is_for_what_is_liquid(row: dict[str, str]) -> None:
    found = limit_collar.market_severity(
        spread=D(row["spread"]), shares=D(row["shares"]), daily_volume=D(row["volume"])
    )

    assert found.name == row["level"]


@pytest.mark.parametrize(
    ("kind", "until", "wanted"),
    [
        (HaltKind.HALT, None, "BLOCK"),
        (HaltKind.PAUSE, "2026-11-23 11:05", "BLOCK"),
        (HaltKind.PAUSE, "2026-11-23 11:00", "PASS"),
        (HaltKind.VOLATILITY, None, "OVERRIDE"),
    ],
)
def test_what_is_halted_is_not_traded(kind: HaltKind, until: str | None, wanted: str) -> None:
    halt = Halt(
        security="BND", kind=kind, from_at=at("2026-11-23 10:59"), until_at=at(until) if until else None
    )

    assert level("PTC-44", around(halts=(halt,))) == wanted
    assert level("PTC-44", around(halts=(replace(halt, security="XYZ"),))) == "PASS"
    assert trading_halt.halt_severity([]).name == "PASS"


@pytest.mark.parametrize(
    "row",
    rows(
        """
        retirement | disclosed  | consented  | level
        no         | 2026-11-23 | 2026-11-24 | PASS
        no         | 2026-11-24 | 2026-11-24 | BLOCK
        no         | 2026-11-23 | 2026-11-25 | BLOCK
        no         |            | 2026-11-23 | BLOCK
        no         | 2026-11-23 |            | BLOCK
        yes        | 2026-11-23 | 2026-11-23 | BLOCK
        """
    ),
)
def test_a_principal_or_cross_trade_is_disclosed_and_consented_to(row: dict[str, str]) -> None:
    found = arranged_trade.arranged_severity(
        retirement=row["retirement"] == "yes",
        disclosed_on=day(row["disclosed"]),
        consented_on=day(row["consented"]),
        trade_on=MONDAY,
        settles_on=TUESDAY,
    )

    assert found.name == row["level"]


CROSS = Arranged(
    account="joint", security="BND", side="buy", counterparty=Counterparty.CLIENT, other_kind="individual",
    disclosed_on=MONDAY, consented_on=MONDAY,
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "wanted"),
    [
        (lambda: around(arranged=(CROSS,)), "PASS"),
        (lambda: around(arranged=(replace(CROSS, other_kind="roth_ira"),)), "BLOCK"),
        (lambda: around(arranged=(replace(CROSS, other_is_of_a_plan=True),)), "BLOCK"),
        (lambda: around(arranged=(replace(CROSS, other_kind=None),)), "BLOCK"),
        (lambda: around(cases.with_account(kind="traditional_ira"), arranged=(CROSS,)), "BLOCK"),
        (lambda: around(arranged=(replace(CROSS, side="sell"),)), "PASS"),
    ],
)  # fmt: skip
def test_neither_side_of_a_cross_is_a_retirement_account(case: Callable[[], Case], wanted: str) -> None:
    assert level("PTC-45", case()) == wanted
