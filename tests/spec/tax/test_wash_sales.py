"""Wash sales, drawn as tables: shares bought, shares sold, what is disallowed and where it goes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from rebalancing.engine.tax import wash_sales
from rebalancing.engine.tax.holding_periods import Term
from rebalancing.engine.tax.wash_sales import (
    Acquisition,
    Effect,
    Ledger,
    Match,
    OpenLot,
    Owner,
    Piece,
    Sale,
    Settings,
)
from tests.spec.drawn import refused, rows


def story(bought: str, sold: str, **settings: bool) -> Ledger:
    return wash_sales.process(
        [
            Acquisition(
                id=row["lot"],
                on=date.fromisoformat(row["on"]),
                shares=D(row["shares"]),
                cost=D(row["cost"]),
                owner=Owner(row.get("owner") or "self_taxable"),
                wash_group=None if row.get("group") == "none" else row.get("group", ""),
                is_purchase=row.get("kind", "") != "gift",
                shares_used=D(row.get("used") or 0),
            )
            for row in rows(bought)
        ],
        [
            Sale(row["sale"], date.fromisoformat(row["on"]), row["lot"], D(row["shares"]), D(row["proceeds"]))
            for row in rows(sold)
        ],
        Settings(**settings),
    )


def disallowed(ledger: Ledger) -> D:
    return sum((outcome.disallowed for outcome in ledger.outcomes), D(0))


@pytest.mark.parametrize(
    "row",
    rows(
        """
        sold_on    | first      | last       | safe_again
        2026-03-02 | 2026-01-31 | 2026-04-01 | 2026-04-02
        2026-11-23 | 2026-10-24 | 2026-12-23 | 2026-12-24
        2026-12-20 | 2026-11-20 | 2027-01-19 | 2027-01-20
        2024-02-15 | 2024-01-16 | 2024-03-16 | 2024-03-17
        """
    ),
    ids=lambda row: row["sold_on"],
)
def test_the_window_is_61_calendar_days(row: dict[str, str]) -> None:
    sold_on = date.fromisoformat(row["sold_on"])
    first, last, safe = (date.fromisoformat(row[name]) for name in ("first", "last", "safe_again"))

    assert wash_sales.window(sold_on) == (first, last)
    assert wash_sales.last_blocked_day(sold_on) == last
    assert wash_sales.first_safe_purchase_day(sold_on) == safe
    assert (last - first).days + 1 == 61
    assert wash_sales.is_inside_window(first, sold_on)
    assert wash_sales.is_inside_window(last, sold_on)
    assert not wash_sales.is_inside_window(safe, sold_on)
    assert not wash_sales.is_inside_window(first - timedelta(days=1), sold_on)


def test_after_a_purchase_another_lot_may_be_sold_at_a_loss_31_days_later() -> None:
    assert wash_sales.first_safe_loss_sale_day(date(2026, 11, 23)) == date(2026, 12, 24)


ONE_LOSS = "sale | on | lot | shares | proceeds\n S | 2026-06-08 | L | 80 | 6240"


@pytest.mark.parametrize(
    "row",
    rows(
        """
        owner           | effect   | basis | since
        self_taxable    | deferred |  8160 | 2024-03-18
        spouse_taxable  | recorded |  6400 | 2026-06-22
        ira             | lost     |  6400 | 2026-06-22
        roth_ira        | lost     |  6400 | 2026-06-22
        spouse_ira      | lost     |  6400 | 2026-06-22
        spouse_roth_ira | lost     |  6400 | 2026-06-22
        hsa             | lost     |  6400 | 2026-06-22
        plan            | lost     |  6400 | 2026-06-22
        """
    ),
    ids=lambda row: row["owner"],
)
def test_what_becomes_of_the_loss_depends_on_who_buys(row: dict[str, str]) -> None:
    ledger = story(
        f"""
        lot | on         | shares | cost | owner
        L   | 2024-03-04 |     80 | 8000 |
        R   | 2026-06-22 |     80 | 6400 | {row["owner"]}
        """,
        ONE_LOSS,
    )
    outcome, since = ledger.outcomes[0], date.fromisoformat(row["since"])

    assert (outcome.realized, outcome.disallowed, outcome.recognized) == (-1760, 1760, 0)
    adjusted_on = since if row["effect"] == "deferred" else None
    assert outcome.matches == (Match("R", D(80), D(1760), Effect(row["effect"]), adjusted_on),)
    assert (outcome.proceeds, outcome.basis) == (6240, 8000)
    assert ledger.open_lots == (
        OpenLot("R", Owner(row["owner"]), (Piece(D(80), D(row["basis"]), since, is_used=True),)),
    )


def test_a_spouse_who_sells_adjusts_her_own_replacement_and_not_the_others() -> None:
    ledger = story(
        """
        lot | on         | shares | cost | owner
        L   | 2024-03-04 |     80 | 8000 | spouse_taxable
        M   | 2026-06-10 |     40 | 3200 | self_taxable
        N   | 2026-06-11 |     40 | 3200 | spouse_taxable
        """,
        ONE_LOSS,
    )
    assert [(m.replacement, m.effect) for m in ledger.outcomes[0].matches] == [
        ("M", Effect.RECORDED),
        ("N", Effect.DEFERRED),
    ]


def test_a_sale_inside_an_ira_realizes_nothing() -> None:
    ledger = story(
        """
        lot | on         | shares | cost | owner
        L   | 2024-03-04 |     80 | 8000 | ira
        R   | 2026-06-22 |     80 | 6400 |
        """,
        ONE_LOSS,
    )
    assert (ledger.outcomes[0].realized, ledger.outcomes[0].matches) == (0, ())


@pytest.mark.parametrize(
    "row",
    rows(
        """
        group | kind     | disallowed | why
              |          |       1760 | a purchase of the same security
        other |          |          0 | another security
              | gift     |          0 | a gift is no acquisition
        none  |          |          0 | the rule does not apply to the replacement
        """
    ),
    ids=lambda row: row["why"],
)
def test_only_purchases_of_the_same_group_replace(row: dict[str, str]) -> None:
    ledger = story(
        f"""
        lot | on         | shares | cost | group        | kind
        L   | 2024-03-04 |     80 | 8000 |              |
        R   | 2026-06-22 |     80 | 6400 | {row["group"]} | {row["kind"]}
        """,
        ONE_LOSS,
    )
    assert disallowed(ledger) == D(row["disallowed"])


def test_property_that_is_no_security_never_washes_even_against_itself() -> None:
    ledger = story(
        """
        lot | on         | shares | cost | group
        L   | 2024-03-04 |     80 | 8000 | none
        R   | 2026-06-22 |     80 | 6400 | none
        """,
        ONE_LOSS,
    )
    assert disallowed(ledger) == 0


def test_a_lot_never_replaces_itself() -> None:
    ledger = story(
        "lot | on | shares | cost\n L | 2026-05-20 | 200 | 20000",
        ONE_LOSS,
    )
    assert (ledger.outcomes[0].disallowed, ledger.outcomes[0].term) == (0, Term.SHORT)
    assert ledger.open_lots[0].pieces == (Piece(D(120), D(12000), date(2026, 5, 20)),)
    assert (ledger.open_lots[0].shares, ledger.open_lots[0].basis) == (120, 12000)


@pytest.mark.parametrize(("earlier_lots_replace", "expected"), [(True, 1760), (False, 0)])
def test_an_earlier_lot_inside_the_window_replaces_by_setting(
    earlier_lots_replace: bool, expected: int
) -> None:
    ledger = story(
        """
        lot | on         | shares | cost
        E   | 2026-05-20 |     80 | 7000
        L   | 2026-05-25 |     80 | 8000
        """,
        ONE_LOSS,
        earlier_lots_replace=earlier_lots_replace,
    )
    assert disallowed(ledger) == expected
    assert Settings() == Settings(earlier_lots_replace=True)


def test_lots_of_the_same_day_replace_each_other_under_either_setting() -> None:
    for earlier_lots_replace in (True, False):
        ledger = story(
            """
            lot | on         | shares | cost
            K   | 2026-05-25 |     80 | 7000
            L   | 2026-05-25 |     80 | 8000
            """,
            ONE_LOSS,
            earlier_lots_replace=earlier_lots_replace,
        )
        assert disallowed(ledger) == 1760


def test_used_shares_are_passed_over() -> None:
    ledger = story(
        """
        lot | on         | shares | cost | used
        L   | 2024-03-04 |     80 | 8000 |
        R   | 2026-06-22 |     80 | 6400 | 60
        """,
        ONE_LOSS,
    )
    assert disallowed(ledger) == 440
    assert ledger.open_lots[0].pieces == (
        Piece(D(60), D(4800), date(2026, 6, 22), is_used=True),
        Piece(D(20), D(2040), date(2024, 3, 18), is_used=True),
    )


def test_a_lot_whose_shares_are_all_used_replaces_nothing() -> None:
    ledger = story(
        """
        lot | on         | shares | cost | used
        L   | 2024-03-04 |     80 | 8000 |
        R   | 2026-06-22 |     80 | 6400 | 80
        """,
        ONE_LOSS,
    )
    assert disallowed(ledger) == 0


def test_shares_bought_and_sold_again_before_the_loss_hold_no_basis_for_it() -> None:
    ledger = story(
        """
        lot | on         | shares | cost
        L   | 2024-03-04 |     80 | 8000
        R   | 2026-05-20 |     80 | 6400
        """,
        """
        sale | on         | lot | shares | proceeds
        T    | 2026-06-01 | R   |     80 |     7000
        S    | 2026-06-08 | L   |     80 |     6240
        """,
    )
    assert [(o.sale, o.recognized) for o in ledger.outcomes] == [("T", 600), ("S", -1760)]


def test_a_lot_in_pieces_is_sold_piece_by_piece() -> None:
    ledger = story(
        """
        lot | on         | shares | cost
        L   | 2024-03-04 |     80 | 8000
        R   | 2026-06-22 |    100 | 8000
        """,
        """
        sale | on         | lot | shares | proceeds
        S    | 2026-06-08 | L   |     80 |     6240
        T    | 2026-09-08 | R   |     90 |     9000
        """,
    )
    washed, plain = ledger.outcomes[1:]

    assert (washed.shares, washed.basis, washed.realized, washed.term) == (80, 8160, -160, Term.LONG)
    assert (plain.shares, plain.basis, plain.realized, plain.term) == (10, 800, 200, Term.SHORT)
    assert ledger.open_lots[0].pieces == (Piece(D(10), D(800), date(2026, 6, 22)),)


def test_replacements_go_by_day_and_then_by_id() -> None:
    ledger = story(
        """
        lot | on         | shares | cost
        L   | 2024-03-04 |     80 | 8000
        Z   | 2026-06-22 |     50 | 4000
        B   | 2026-06-23 |     50 | 4000
        A   | 2026-06-23 |     20 | 1600
        """,
        ONE_LOSS,
    )
    assert ledger.outcomes[0].matches == (
        Match("Z", D(50), D(1100), Effect.DEFERRED, date(2024, 3, 18)),
        Match("A", D(20), D(440), Effect.DEFERRED, date(2024, 3, 19)),
        Match("B", D(10), D(220), Effect.DEFERRED, date(2024, 3, 19)),
    )


@pytest.mark.parametrize(
    ("bought", "sold", "sentence"),
    [
        (
            "L | 2026-01-05 | 80 | 8000",
            "S | 2026-06-08 | X | 80 | 1",
            "Sale 'S' names lot 'X', which was never acquired.",
        ),
        (
            "L | 2026-01-05 | 80 | 8000",
            "S | 2026-06-08 | L | 81 | 1",
            "Sale 'S': lot 'L' does not hold 81 shares to sell.",
        ),
        (
            "L | 2026-01-05 | 80 | 8000",
            "S | 2026-06-08 | L | 0 | 1",
            "Sale 'S': lot 'L' does not hold 0 shares to sell.",
        ),
        (
            "L | 2026-01-05 | 80 | 8000",
            "S | 2026-01-04 | L | 80 | 1",
            "Sale 'S' on 2026-01-04 lies before its lot was acquired on 2026-01-05.",
        ),
        (
            "L | 2026-01-05 | 80 | 8000\nL | 2026-01-06 | 80 | 8000",
            "S | 2026-06-08 | L | 8 | 1",
            "Two acquisitions share an id: give each lot of the household its own.",
        ),
    ],
)
def test_a_story_that_cannot_be_true_is_refused(bought: str, sold: str, sentence: str) -> None:
    with refused(sentence):
        story(f"lot | on | shares | cost\n{bought}", f"sale | on | lot | shares | proceeds\n{sold}")


def test_no_more_shares_can_be_used_up_than_there_are() -> None:
    with pytest.raises(ValueError, match="used up"):
        story("lot | on | shares | cost | used\n L | 2026-01-05 | 80 | 8000 | 81", ONE_LOSS)


def test_a_single_share_bought_and_sold_the_same_day_is_a_sale_like_any_other() -> None:
    ledger = wash_sales.process(
        [Acquisition("L", date(2026, 5, 4), D(1), D(100))], [Sale("S", date(2026, 5, 4), "L", D(1), D(90))]
    )
    assert (ledger.outcomes[0].recognized, ledger.outcomes[0].term, ledger.open_lots) == (-10, Term.SHORT, ())


def test_fractions_of_shares_are_matched_like_whole_ones() -> None:
    ledger = wash_sales.process(
        [
            Acquisition("L", date(2024, 5, 1), D("1.5"), D(150)),
            Acquisition("E", date(2026, 5, 1), D("0.25"), D(20)),
            Acquisition("R", date(2026, 5, 10), D("0.5"), D(40)),
        ],
        [Sale("S", date(2026, 5, 4), "L", D("0.5"), D(40)), Sale("T", date(2026, 5, 5), "L", D(1), D(80))],
    )
    assert [(o.sale, o.shares, o.disallowed) for o in ledger.outcomes] == [("S", D("0.5"), 10), ("T", 1, 5)]
    assert {lot.id: [(p.shares, p.basis) for p in lot.pieces] for lot in ledger.open_lots} == {
        "E": [(D("0.25"), 25)],
        "R": [(D("0.25"), 25), (D("0.25"), 25)],
    }


def test_nothing_is_left_of_a_lot_in_pieces_that_is_sold_in_parts() -> None:
    ledger = story(
        """
        lot | on         | shares | cost
        L   | 2024-03-04 |     80 | 8000
        R   | 2026-06-22 |    100 | 8000
        """,
        """
        sale | on         | lot | shares | proceeds
        S    | 2026-06-08 | L   |     80 |     6240
        T    | 2026-09-08 | R   |     50 |     6000
        U    | 2026-09-09 | R   |     50 |     6000
        """,
    )
    assert [(o.sale, o.shares, o.basis) for o in ledger.outcomes[1:]] == [
        ("T", 50, 5100),
        ("U", 30, 3060),
        ("U", 20, 1600),
    ]
    assert ledger.open_lots == ()
