"""PTC-07 to 10: what the firm and the client rule out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from compliance.rules.class_range import range_severity
from compliance.rules.facts.case import (
    ClassRange,
    ClassWeight,
    ListedIssuer,
    Listing,
    Restriction,
    Scope,
    Side,
)
from compliance.rules.findings.severity import Severity
from tests.compliance.rules.cases import (
    HEALTHY,
    severity,
    with_account,
    with_lot,
    with_policy,
    with_security,
    worst,
)
from tests.spec.drawn import rows


@pytest.mark.parametrize(
    "row",
    rows(
        """
        list       | names         | from       | until      | level
        restricted | BND           | 2026-11-22 |            | BLOCK
        restricted | VTI           | 2026-11-22 |            | BLOCK
        restricted | issuer        | 2026-11-22 |            | BLOCK
        watch      | BND           | 2026-11-22 |            | OVERRIDE
        restricted | BND           | 2026-11-23 |            | BLOCK
        restricted | BND           | 2026-11-24 |            | PASS
        restricted | BND           | 2026-01-05 | 2026-11-23 | BLOCK
        restricted | BND           | 2026-01-05 | 2026-11-22 | PASS
        restricted | XYZ           | 2026-11-22 |            | PASS
        """
    ),
)
def test_ptc_07_the_firms_list_counts_for_both_sides(row: dict[str, str]) -> None:
    line = ListedIssuer(
        listing=Listing(row["list"]),
        from_on=date.fromisoformat(row["from"]),
        until_on=date.fromisoformat(row["until"]) if row["until"] else None,
        security=None if row["names"] == "issuer" else row["names"],
        issuer="BND Trust" if row["names"] == "issuer" else None,
    )

    assert severity("PTC-07", replace(HEALTHY, firm_list=(line,))) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        plan | menu     | least | value  | level
        no   |          |       | 100000 | PASS
        yes  |          |       | 100000 | BLOCK
        yes  | VTI      |       | 100000 | BLOCK
        yes  | VTI, BND |       | 100000 | PASS
        yes  | BND      | 0.30  | 100000 | PASS
        yes  | BND      | 0.40  | 100000 | OVERRIDE
        yes  | BND      | 0.30  |        | OVERRIDE
        """
    ),
)
def test_ptc_14_an_account_of_a_plan_buys_from_its_menu(row: dict[str, str]) -> None:
    """Twenty shares of BND at $100 are bought beside 375."""
    least = D(row["least"]) if row["least"] else None
    case = with_account(
        is_of_a_plan=row["plan"] == "yes",
        plan="Acme 401(k)",
        menu={one.strip(): least for one in row["menu"].split(",") if one},
        value=D(row["value"]) if row["value"] else None,
    )

    assert severity("PTC-14", case) is Severity[row["level"]]


def test_ptc_07_an_unknown_issuer_fails_when_the_list_names_issuers() -> None:
    line = ListedIssuer(listing=Listing.WATCH, from_on=date(2026, 1, 5), issuer="Somebody Inc.")
    case = with_security("BND", replace(HEALTHY, firm_list=(line,)), issuer=None)

    assert severity("PTC-07", case) is Severity.BLOCK


@pytest.mark.parametrize(
    "row",
    rows(
        """
        side | scope    | value          | account | level
        buy  | screen   | tobacco        |         | BLOCK
        sell | screen   | tobacco        |         | PASS
        buy  | screen   | weapons        |         | PASS
        buy  | security | BND            |         | BLOCK
        buy  | issuer   | BND Trust      |         | BLOCK
        buy  | sector   | broad market   |         | BLOCK
        buy  | class    | bonds          |         | BLOCK
        buy  | class    | stocks         |         | PASS
        sell | security | VTI            |         | BLOCK
        sell | security | VTI            | joint   | BLOCK
        sell | security | VTI            | ira     | PASS
        """
    ),
)
def test_ptc_08_a_clients_wish_is_kept(row: dict[str, str]) -> None:
    wish = Restriction(
        side=Side(row["side"]), scope=Scope(row["scope"]), value=row["value"], account=row["account"] or None
    )
    case = with_security("BND", with_policy(restrictions=(wish,)), tags=frozenset({"tobacco"}))

    assert severity("PTC-08", case) is Severity[row["level"]]


def test_ptc_08_a_security_nobody_screened_fails_a_screen() -> None:
    wish = Restriction(side=Side.BUY, scope=Scope.SCREEN, value="tobacco")
    case = with_security("BND", with_policy(restrictions=(wish,)), tags=None)

    assert severity("PTC-08", case) is Severity.BLOCK


def test_ptc_09_a_pledged_lot_is_not_sold() -> None:
    found = worst("PTC-09", with_lot(locks=frozenset({"pledged_to_a_charity"})))

    assert found.severity is Severity.BLOCK
    assert found.sentence == "Lot L1 of VTI must not be sold: pledged to a charity."
    assert [str(ref) for ref in found.about] == ["joint/VTI/L1"]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        low | high | before | after | level
        50  | 70   | 74     | 71    | OVERRIDE
        50  | 70   | 74     | 70    | PASS
        50  | 70   | 74     | 60    | PASS
        50  | 70   | 71     | 74    | BLOCK
        50  | 70   | 60     | 70.01 | BLOCK
        50  | 70   | 45     | 48    | OVERRIDE
        50  | 70   | 45     | 44    | BLOCK
        50  | 70   | 74     | 74    | OVERRIDE
        50  | 70   | 74     | 47    | OVERRIDE
        50  | 70   | 72     | 47    | BLOCK
        0   | 0    | 0      | 0     | PASS
        """
    ),
)
def test_ptc_10_outside_the_range_only_on_the_way_back(row: dict[str, str]) -> None:
    low, high, before, after = (D(row[name]) / 100 for name in ("low", "high", "before", "after"))
    assert range_severity(low=low, high=high, before=before, after=after) is Severity[row["level"]]

    case = replace(
        with_policy(ranges=(ClassRange(asset_class="stocks", low=low, high=high),)),
        weights=(ClassWeight(asset_class="stocks", before=before, after=after),),
    )
    assert severity("PTC-10", case) is Severity[row["level"]]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        low | high | before | after   | moved | level
        50  | 70   | 74     | 74.0001 | 0     | OVERRIDE
        50  | 70   | 74     | 74.0001 | -5    | OVERRIDE
        50  | 70   | 74     | 74.0001 | 0.01  | BLOCK
        50  | 70   | 70     | 70.0001 | 0     | OVERRIDE
        50  | 70   | 70     | 70      | 0     | PASS
        50  | 70   | 45     | 44.9999 | 0     | OVERRIDE
        50  | 70   | 45     | 44.9999 | -0.01 | BLOCK
        50  | 70   | 72     | 47      | -900  | BLOCK
        50  | 70   | 74     | 74.0001 | -     | BLOCK
        """
    ),
)
def test_ptc_10_blames_no_class_for_what_other_trades_cost(row: dict[str, str]) -> None:
    low, high, before, after = (D(row[name]) / 100 for name in ("low", "high", "before", "after"))
    moved = None if row["moved"] == "-" else D(row["moved"])

    case = replace(
        with_policy(ranges=(ClassRange(asset_class="stocks", low=low, high=high),)),
        weights=(ClassWeight(asset_class="stocks", before=before, after=after, moved=moved),),
    )

    assert severity("PTC-10", case) is Severity[row["level"]]


def test_ptc_10_says_that_only_the_cost_of_other_trades_moved_a_class() -> None:
    case = replace(
        with_policy(ranges=(ClassRange(asset_class="stocks", low=D("0.5"), high=D("0.7")),)),
        weights=(ClassWeight(asset_class="stocks", before=D("0.74"), after=D("0.7401"), moved=D(0)),),
    )

    assert worst("PTC-10", case).sentence == (
        "After the trades stocks is 74.01% (before 74.00%): outside the policy's range of 50.00% to 70.00%, and "
        "further from it only by what the other trades cost."
    )


def test_ptc_10_says_what_the_client_would_ask() -> None:
    case = replace(
        HEALTHY,
        weights=(
            ClassWeight(asset_class="stocks", before=D("0.74"), after=D("0.71")),
            ClassWeight(asset_class="bonds", before=D("0.26"), after=D("0.29")),
        ),
    )

    assert worst("PTC-10", case).sentence == (
        "After the trades stocks is 71.0% (before 74.0%): outside the policy's range of 50.0% to 70.0%, and "
        "no further from it than before."
    )
