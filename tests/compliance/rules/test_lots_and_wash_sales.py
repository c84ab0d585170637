"""PTC-29, 30, 35 and 36: losses that would not count, and lots that nobody can vouch for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.rules.facts.case import BasisStatus, Case, LossSale, OwnerKind, Purchase, Side
from compliance.rules.facts.wash_window import Loss, matches, within
from compliance.rules.findings.severity import Severity
from tests.compliance.rules.cases import (
    HEALTHY,
    MONDAY,
    TUESDAY,
    a_lot,
    a_position,
    a_trade,
    an_account,
    severity,
    with_account,
    with_lot,
    with_security,
    with_sell,
    worst,
)
from tests.spec.drawn import rows

LOSS_OF_4000 = with_sell(shares=D(200), lots=(a_lot(shares=D(200), gain=D(-4000)),))


def a_purchase(**changes: object) -> Purchase:
    facts: dict[str, object] = {
        "account": "spouse",
        "label": "Tom's account",
        "security": "VTI",
        "wash_group": "group VTI",
        "on": MONDAY - timedelta(days=12),
        "shares": D(50),
        "lot": "B1",
        "tax_advantaged": False,
        "owner": OwnerKind.SPOUSE,
    }
    return Purchase(**facts | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row",
    rows(
        """
        what                       | days | shares | advantaged | owner  | group     | disallowed | level
        the spouse, 12 days ago    |  -12 |     50 | no         | spouse | group VTI |       1000 | OVERRIDE
        30 days ago                |  -30 |     50 | no         | self   | group VTI |       1000 | OVERRIDE
        31 days ago                |  -31 |     50 | no         | self   | group VTI |          0 | PASS
        a standing buy in 30 days  |   30 |     50 | no         | self   | group VTI |       1000 | OVERRIDE
        a standing buy in 31 days  |   31 |     50 | no         | self   | group VTI |          0 | PASS
        more than was sold         |   -1 |    900 | no         | self   | group VTI |       4000 | OVERRIDE
        in an IRA                  |  -12 |     50 | yes        | self   | group VTI |       1000 | BLOCK
        in the spouse's IRA        |  -12 |     50 | yes        | spouse | group VTI |       1000 | BLOCK
        of unknown tax treatment   |  -12 |     50 |            | self   | group VTI |       1000 | BLOCK
        a child's custodial        |  -12 |     50 | no         | child  | group VTI |       1000 | OVERRIDE
        something else             |  -12 |     50 | yes        | self   | group XYZ |          0 | PASS
        a reinvested dividend      |  -12 |  3.217 | no         | self   | group VTI |      64.34 | OVERRIDE
        """
    ),
    ids=lambda row: row["what"],
)
def test_ptc_29_a_purchase_near_a_loss(row: dict[str, str]) -> None:
    purchase = a_purchase(
        on=MONDAY + timedelta(days=int(row["days"])),
        shares=D(row["shares"]),
        tax_advantaged={"yes": True, "no": False, "": None}[row["advantaged"]],
        owner=OwnerKind(row["owner"]),
        wash_group=row["group"],
    )
    found = worst("PTC-29", replace(LOSS_OF_4000, purchases=(purchase,)))

    assert found.severity is Severity[row["level"]]
    assert D(dict(found.inputs)["disallowed_loss"]) == D(row["disallowed"])


def test_ptc_29_a_lot_never_replaces_itself() -> None:
    own = a_purchase(account="joint", lot="L1")

    assert severity("PTC-29", replace(LOSS_OF_4000, purchases=(own,))) is Severity.PASS
    assert severity("PTC-29", replace(LOSS_OF_4000, purchases=(replace(own, lot="L2"),))) is Severity.OVERRIDE
    assert (
        severity("PTC-29", replace(LOSS_OF_4000, purchases=(replace(own, account="spouse"),)))
        is Severity.OVERRIDE
    )


def test_ptc_29_the_proposals_own_buys_count() -> None:
    case = replace(LOSS_OF_4000, trades=(*LOSS_OF_4000.trades, a_trade(Side.BUY, "VTI", shares="10")))

    assert severity("PTC-29", case) is Severity.OVERRIDE


def test_ptc_29_two_losses_share_one_purchase_between_them() -> None:
    older, younger = (
        a_lot(lot="A", shares=D(40), gain=D(-400)),
        a_lot(lot="B", shares=D(60), gain=D(-1200), acquired_on=date(2024, 5, 2)),
    )
    case = replace(with_sell(shares=D(100), lots=(younger, older)), purchases=(a_purchase(),))

    # 40 shares at 10 of the older lot, then 10 at 20 of the younger one.
    assert dict(worst("PTC-29", case).inputs)["disallowed_loss"] == "600"


@pytest.mark.parametrize(
    "row",
    rows(
        """
        reinvests | next pay   | level
        no        | 2026-12-10 | PASS
        yes       | 2026-12-10 | WARN
        yes       | 2026-12-24 | PASS
        yes       |            | WARN
                  | 2026-12-10 | WARN
        """
    ),
)
def test_ptc_29_reinvestment_ahead_is_a_note(row: dict[str, str]) -> None:
    held = a_position(
        "VTI",
        "650",
        reinvests={"yes": True, "no": False, "": None}[row["reinvests"]],
        next_pay_on=date.fromisoformat(row["next pay"]) if row["next pay"] else None,
    )

    assert severity("PTC-29", replace(LOSS_OF_4000, positions=(held,))) is Severity[row["level"]]


@pytest.mark.parametrize(
    ("what", "case"),
    [
        ("a gain", with_lot(gain=D(1))),
        ("a sale in an IRA", with_account(LOSS_OF_4000, tax_advantaged=True)),
        ("digital assets held directly", with_security("VTI", LOSS_OF_4000, wash_applies=False)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_ptc_29_leaves_alone_what_the_law_leaves_alone(what: str, case: Case) -> None:
    assert severity("PTC-29", replace(case, purchases=(a_purchase(),))) is Severity.PASS


def test_ptc_29_a_lot_of_unknown_basis_may_be_a_loss() -> None:
    case = replace(with_lot(gain=None), purchases=(a_purchase(),))
    found = worst("PTC-29", case)

    assert (found.severity, dict(found.inputs)["disallowed_loss"]) == (Severity.OVERRIDE, "unknown")


@pytest.mark.parametrize(
    "row",
    rows(
        """
        loss sale  | buyer advantaged | group     | level
        2026-10-24 | yes              | group BND | BLOCK
        2026-10-23 | yes              | group BND | PASS
        2026-10-24 | no               | group BND | OVERRIDE
        2026-10-24 |                  | group BND | BLOCK
        2026-12-23 | yes              | group BND | BLOCK
        2026-12-24 | yes              | group BND | PASS
        2026-11-23 | no               | group XYZ | PASS
        """
    ),
)
def test_ptc_30_a_buy_near_a_loss_sale(row: dict[str, str]) -> None:
    sale = LossSale(
        account="spouse",
        label="Tom's account",
        security="BND" if row["group"] == "group BND" else "XYZ",
        wash_group=row["group"],
        on=date.fromisoformat(row["loss sale"]),
        shares=D(10),
        loss=D(100),
    )
    advantaged = {"yes": True, "no": False, "": None}[row["buyer advantaged"]]
    case = replace(with_account(tax_advantaged=advantaged), loss_sales=(sale,))

    assert severity("PTC-30", case) is Severity[row["level"]]


def test_ptc_30_an_ira_must_not_buy_what_the_same_proposal_sells_at_a_loss() -> None:
    ira = an_account("ira", label="Ana's IRA", tax_advantaged=True)
    buy = a_trade(Side.BUY, "VTI", account="ira", shares="10")
    case = replace(LOSS_OF_4000, accounts=(*LOSS_OF_4000.accounts, ira), trades=(*LOSS_OF_4000.trades, buy))

    assert severity("PTC-30", case) is Severity.BLOCK
    assert severity("PTC-29", case) is Severity.BLOCK


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(1, 900)), max_size=5),
    st.lists(st.tuples(st.integers(1, 50), st.integers(-30, 30)), max_size=5),
)
def test_every_bought_share_spoils_at_most_one_sold_share(
    sold: list[tuple[int, int]], bought: list[tuple[int, int]]
) -> None:
    losses = [
        Loss(account="joint", lot=f"L{n}", shares=D(count), loss=D(loss))
        for n, (count, loss) in enumerate(sold)
    ]
    buys = [
        a_purchase(lot=f"B{n}", shares=D(count), on=MONDAY + timedelta(days=days))
        for n, (count, days) in enumerate(bought)
    ]
    found = matches(losses, buys)

    assert sum(one.shares for one in found) == min(sum(c for c, _ in sold), sum(c for c, _ in bought))
    for loss in losses:
        used = [one for one in found if one.loss == loss]
        assert sum(one.shares for one in used) <= loss.shares
        assert sum(one.amount or 0 for one in used) <= (loss.loss or 0) + D("1e-20")


@given(st.integers(-40, 40))
def test_the_window_is_the_same_seen_from_either_side(days: int) -> None:
    other = MONDAY + timedelta(days=days)

    assert within(MONDAY, other) is within(other, MONDAY) is (-30 <= days <= 30)


@pytest.mark.parametrize(
    "row",
    rows(
        """
        lots     | sell | standing | since      | sent on    | level
                 | 20   |          |            |            | BLOCK
        20       | 20   |          |            |            | PASS
        12 8     | 20   |          |            |            | PASS
        12       | 20   |          |            |            | BLOCK
        12 9     | 20   |          |            |            | BLOCK
                 | 20   | HIFO     | 2025-01-02 |            | PASS
                 | 20   | HIFO     | 2026-11-24 |            | BLOCK
                 | 20   | HIFO     |            |            | BLOCK
        12       | 20   | HIFO     | 2025-01-02 |            | BLOCK
        20       | 20   |          |            | 2026-11-24 | PASS
        20       | 20   |          |            | 2026-11-25 | BLOCK
        """
    ),
)
def test_ptc_35_a_taxable_sell_names_its_lots_in_time(row: dict[str, str]) -> None:
    lots = tuple(a_lot(lot=f"L{n}", shares=D(part)) for n, part in enumerate(row["lots"].split()))
    sent = date.fromisoformat(row["sent on"]) if row["sent on"] else None
    case = with_account(
        with_sell(shares=D(row["sell"]), lots=lots, lots_sent_on=sent, settles_on=TUESDAY),
        lot_method=row["standing"] or None,
        lot_method_since_on=date.fromisoformat(row["since"]) if row["since"] else None,
    )

    assert severity("PTC-35", case) is Severity[row["level"]]
    assert severity("PTC-35", with_account(case, tax_advantaged=True)) is Severity.PASS


@pytest.mark.parametrize(
    "row",
    rows(
        """
        status           | reconciled | level
        covered          | yes        | PASS
        noncovered_known | yes        | PASS
        unknown          | yes        | OVERRIDE
        disputed         | yes        | OVERRIDE
        covered          | no         | OVERRIDE
        """
    ),
)
def test_ptc_36_a_doubtful_basis_needs_a_person(row: dict[str, str]) -> None:
    case = with_lot(basis=BasisStatus(row["status"]), basis_reconciled=row["reconciled"] == "yes")

    assert severity("PTC-36", case) is Severity[row["level"]]
    assert severity("PTC-36", with_account(case, tax_advantaged=True)) is Severity.PASS


def test_the_healthy_proposal_sells_at_a_gain() -> None:
    assert all((lot.gain or 0) > 0 for trade in HEALTHY.sells for lot in trade.lots)
