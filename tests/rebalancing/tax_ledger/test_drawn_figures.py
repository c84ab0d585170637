"""Payments, boxes, differences and windows, drawn as tables."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from rebalancing.engine.documents.tax_units import IncomeProfile, TaxUnit
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.tables import FilingStatus
from rebalancing.engine.tax.wash_sales import Owner
from rebalancing.tax_ledger import covered, form_8949, payments, reconciling, sums, washes, windows
from rebalancing.tax_ledger.payments import Paid
from rebalancing.tax_ledger.pieces import Piece, Place, Purchase, Source
from rebalancing.tax_ledger.reconciling import Stated
from tests.spec import drawn

OWN = Place("own", "Own", Owner.SELF_TAXABLE, "joint", "joint|max")
IRA = Place("ira", "IRA", Owner.IRA)

# IRC 6654(d)(1): the smaller of 90% of this year and 100% of last year, 110% above $150,000; a quarter each time.
HARBOR = """
    case                          | tax   | prior | income | withheld | paid  | on         | required | due_on     | due
    nothing of last year is known | 40000 |       |        | 0        | 0     | 2026-04-01 | 36000    | 2026-04-15 | 9000
    last year was less            | 40000 | 20000 | 120000 | 0        | 0     | 2026-04-01 | 20000    | 2026-04-15 | 5000
    110% of a high income         | 40000 | 30000 | 150001 | 0        | 0     | 2026-04-01 | 33000    | 2026-04-15 | 8250
    on the line it is 100%        | 40000 | 30000 | 150000 | 0        | 0     | 2026-04-01 | 30000    | 2026-04-15 | 7500
    withholding counts in parts   | 40000 |       |        | 20000    | 0     | 2026-06-15 | 36000    | 2026-06-15 | 8000
    paid so far                   | 40000 |       |        | 20000    | 8000  | 2026-06-16 | 36000    | 2026-09-15 | 4000
    all is paid                   | 40000 |       |        | 36000    | 0     | 2026-11-22 | 36000    | 2027-01-15 | 0
    the year is over              | 40000 |       |        | 0        | 9000  | 2027-02-01 | 36000    |            | 27000
"""


def the_return(**gains: Any) -> TaxUnit:
    income = IncomeProfile(filing_status=FilingStatus.SINGLE, tax_year=2026, wages=D(180_000))
    return TaxUnit(id="own", income=income, **gains)


@pytest.mark.parametrize("row", drawn.rows(HARBOR), ids=lambda row: row["case"])
def test_what_is_to_be_paid_so_that_no_penalty_follows(row: dict[str, str]) -> None:
    paid = Paid(
        prior_tax=D(row["prior"]) if row["prior"] else None,
        prior_income=D(row["income"]) if row["income"] else None,
        withheld=D(row["withheld"]),
        paid=D(row["paid"]),
    )

    found = payments.of(
        the_return(), federal=D(row["tax"]), paid=paid, year=2026, on=date.fromisoformat(row["on"])
    )

    due_on = date.fromisoformat(row["due_on"]) if row["due_on"] else None
    assert (found.required, found.due_on, found.due) == (D(row["required"]), due_on, D(row["due"]))


def test_a_day_of_payment_on_a_weekend_is_the_monday_after() -> None:
    # June 15, 2025 was a Sunday.
    assert payments.due_days(2025)[1] == date(2025, 6, 16)


def test_the_lines_that_gains_have_crossed_are_named_and_the_next_are_measured() -> None:
    found = payments.edges(the_return(realized_long=D(30_000)))

    crossed = [one.words for one in found if one.is_crossed]
    rooms = {one.words: one.room for one in found if not one.is_crossed}
    assert "the net investment income tax" in crossed
    # Single, 2026: 15% ends at 545,500 of taxable income; 180,000 + 30,000 - 16,100 are reached.
    assert rooms["the end of the 15% rate on long-term gains"] == D(545_500 - 193_900)


# IRC 6045(g)(3)(C): basis is reported for stock from 2011, for funds from 2012, for bonds from 2014.
BOXES = """
    kind        | acquired   | term  | box
    etf         | 2010-12-31 | long  | E
    etf         | 2011-01-01 | long  | D
    stock       | 2026-01-05 | short | A
    mutual_fund | 2011-12-31 | long  | E
    mutual_fund | 2012-01-01 | long  | D
    bond        | 2013-12-31 | long  | E
    bond        | 2014-01-01 | long  | D
    other       | 2020-01-01 | short | A or B
    etf         |            | long  | D or E
    etf         |            |       | A or B or D or E
"""


@pytest.mark.parametrize("row", drawn.rows(BOXES), ids=lambda row: f"{row['kind']} {row['acquired']}")
def test_the_box_of_form_8949(row: dict[str, str]) -> None:
    acquired_on = date.fromisoformat(row["acquired"]) if row["acquired"] else None
    piece = Piece(
        id="s", place=OWN, symbol="ZUS", name="", sold_on=date(2026, 5, 1), shares=D(1), proceeds=D(2), basis=D(1),
        acquired_on=acquired_on, source=Source.REPORTED, reported_term=Term(row["term"]) if row["term"] else None,
        is_covered=covered.is_covered(row["kind"], acquired_on),
    )  # fmt: skip

    (line,) = form_8949.rows(washes.corrected([piece], []).entries)

    assert line.box == row["box"]


def a_loss(key: str = "s", on: str = "2026-09-08", source: Source = Source.REPORTED) -> Piece:
    return Piece(
        id=key, place=OWN, symbol="ZUS", name="", sold_on=date.fromisoformat(on), shares=D(10), proceeds=D(1000),
        basis=D(1400), acquired_on=date(2025, 1, 15), source=source, reported_term=Term.LONG, wash_group="us",
    )  # fmt: skip


def in_the_ira(on: str = "2026-09-20", shares: str = "4") -> Purchase:
    return Purchase("b", IRA, "ZUS", date.fromisoformat(on), D(shares), D(360), "us")


def stated(long: str, as_of: str = "2026-10-31") -> Stated:
    return Stated("sg", date.fromisoformat(as_of), D(0), D(long), None, "Statement")


def test_a_difference_is_explained_piece_by_piece_and_the_rest_is_named() -> None:
    pieces = [a_loss(), a_loss("later", "2026-11-09"), a_loss("ours", "2026-10-12", Source.SENT)]
    entries = washes.corrected(pieces, [in_the_ira()]).entries

    found = reconciling.compared("own", "Own", entries, stated("-390"))

    assert [(part.amount, part.sentence.partition(",")[0]) for part in found.parts] == [
        (D(-400), "sold after October 31"),
        (D(-400), "sold by our own orders"),
        (D(160), "losses disallowed by purchases in other accounts"),
    ]
    assert (found.difference, found.rest) == (D(-650), D(-10))


def test_a_budget_is_used_by_net_gains_and_given_back_by_losses() -> None:
    unit = the_return(
        realized_short=D(3_000),
        realized_long=D(9_000),
        carryforward_long=D(1_000),
        expected_distributions=D(500),
    )

    found = sums.budget(unit, D(20_000))
    below = sums.budget(the_return(realized_short=D(-5_000)), D(20_000))

    assert (found.used, found.left, found.share) == (D(11_500), D(8_500), D("0.575"))
    assert (below.used, below.left) == (D(0), D(20_000))


WINDOWS = """
    on         | open
    2026-09-07 |
    2026-09-08 | ZUS may be bought again from October 9, 2026.
    2026-10-08 | ZUS may be bought again from October 9, 2026.
    2026-10-09 |
"""


@pytest.mark.parametrize("row", drawn.rows(WINDOWS), ids=lambda row: row["on"])
def test_a_window_is_open_from_the_sale_through_its_thirtieth_day(row: dict[str, str]) -> None:
    found = windows.open_on(date.fromisoformat(row["on"]), washes.corrected([a_loss()], []), [])

    assert "".join(one.sentence for one in found) == row["open"]


def test_shares_that_have_washed_a_loss_wash_no_other() -> None:
    purchases = [in_the_ira(shares="6")]
    corrected = washes.corrected([a_loss()], purchases)

    found = windows.open_on(date(2026, 9, 25), corrected, purchases)
    (took,) = windows.replacements(corrected, [a_loss()], purchases)

    # All six are used up; four of the ten shares sold are still open.
    assert [(str(one.act), one.shares, one.loss) for one in found] == [("buy", D(4), D(160))]
    assert (took.shares, took.added, str(took.effect), took.held_since) == (D(6), D(240), "lost", None)
