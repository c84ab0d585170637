"""The custodian's lots do not add up to its positions: the account is measured and not traded until a file agrees again."""

from __future__ import annotations

from datetime import date

import pytest

from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS
from tests.journeys.evenings import closes, ended, told, traded, withdrawn

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))


def with_a_lot_missing(day: date, *, also_in_the_ira: bool = False) -> list[str]:
    """A hundred shares of the first lot are missing, so that lots and positions differ."""
    short = [one.replace(",1500,60000.00,", ",1400,56000.00,", 1) for one in LOTS]
    there = [one for one in LOTS if one.startswith("11110002")]
    kept = short if also_in_the_ira else [one for one in short if one.startswith("11110001")] + there
    return [one.format(day=day) for one in kept]


def test_an_account_whose_files_disagree_is_left_out(firm: Firm) -> None:
    closes(firm, MONDAY, stock="110", finds="proposed", lots=with_a_lot_missing(MONDAY))

    # The IRA is traded alone; the page of the household says why, and who looks after it.
    told(
        firm, MONDAY, "Taxable is not traded:",
        "It ends when a custodian’s file shows lots and positions that agree.",
        hold="unreconciled",
    )  # fmt: skip
    assert {account for account, _, _ in traded(firm)} == {"IRA"}
    firm.ana.opens(f"/households/{firm.household.public_id}/").reads("Owner: the trading desk.")

    # The next file agrees.
    withdrawn(firm)
    closes(firm, TUESDAY, stock="110", finds="proposed")
    ended(firm, TUESDAY, "Taxable is not traded:")


def test_where_every_account_disagrees_nothing_is_proposed(firm: Firm) -> None:
    lots = with_a_lot_missing(MONDAY, also_in_the_ira=True)
    closes(firm, MONDAY, stock="110", finds="data", lots=lots)
    told(firm, MONDAY, "lots", hold="unreconciled")
    firm.tom.opens("/readiness/").reads("Miller")

    closes(firm, TUESDAY, stock="110", finds="proposed")
    told(firm, TUESDAY, "US stocks stand at 64.5%", trigger="out_of_band")
