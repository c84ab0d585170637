"""Where nothing is taxed, a position without lots counts as one lot; where sales are taxed, it never does."""

from __future__ import annotations

import pytest

from clients.models import Account
from tests.factories.imports import account, assert_rows, brought_in, sample_bytes, the_accounts

pytestmark = pytest.mark.django_db

LOTS = "security__symbol | key | acquired_on | quantity | basis | basis_status | closed_on"


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    the_accounts()


def a_roth() -> Account:
    """The account that the positions of all Schwab accounts name second; it holds 100 shares of NVHM."""
    return account("0931")


def test_a_position_in_a_roth_ira_counts_as_one_lot_of_unknown_basis() -> None:
    brought_in("schwab-positions-all.csv")

    assert_rows(a_roth().lots, f"{LOTS}\nNVHM | position | - | 100.000000 | - | unknown | -")
    assert a_roth().reconciliation == Account.Reconciliation.RECONCILED


def test_it_follows_the_position_and_is_closed_when_the_holding_is_gone() -> None:
    brought_in("schwab-positions-all.csv")
    fewer = sample_bytes("schwab-positions-all.csv").replace(b"11/20/2026", b"11/23/2026")
    fewer = fewer.replace(b'"$2,500.00","100","25.00"', b'"$1,000.00","40","25.00"')
    brought_in("schwab-positions-all.csv", fewer.replace(b"$2,374.60", b"$874.60"))

    assert_rows(a_roth().lots, f"{LOTS}\nNVHM | position | - | 40.000000 | - | unknown | -")


def test_in_a_taxable_account_a_position_without_lots_stops_its_trading() -> None:
    brought_in("schwab-positions-all.csv")
    taxable = account("4526")

    assert (taxable.lots.count(), taxable.reconciliation) == (0, Account.Reconciliation.BROKEN)


def test_an_account_that_turns_out_to_be_taxable_has_no_such_lot_from_its_next_file_on() -> None:
    brought_in("schwab-positions-all.csv")
    Account.objects.filter(pk=a_roth().pk).update(
        tax_treatment="taxable", registration="individual", tax_unit=account("4526").tax_unit
    )
    later = sample_bytes("schwab-positions-all.csv").replace(b"11/20/2026", b"11/23/2026")
    brought_in("schwab-positions-all.csv", later)

    assert [str(lot.closed_on) for lot in a_roth().lots.all()] == ["2026-11-23"]
    assert a_roth().reconciliation == Account.Reconciliation.BROKEN


def test_the_lots_of_a_holding_that_is_gone_are_closed_though_no_file_of_its_lots_comes() -> None:
    brought_in("schwab-positions-all.csv")
    brought_in("schwab-lots.csv")
    taxable = account("4526")
    assert taxable.lots.filter(closed_on=None).count() == 3

    lines = sample_bytes("schwab-positions-all.csv").replace(b"11/20/2026", b"11/23/2026").splitlines(True)
    gone = b"".join(line for line in lines if not line.startswith(b'"ALPM"'))
    gone = gone.replace(b'"$11.20"', b'"$1,000.00"').replace(b'"$1,000.00","$700.00"', b'"$1,000.00","$0.00"')
    file = brought_in("schwab-positions-all.csv", gone)

    assert {str(day) for day in taxable.lots.values_list("closed_on", flat=True)} == {"2026-11-23"}
    assert account("4526").reconciliation == Account.Reconciliation.RECONCILED
    assert file.accounts.get(account=taxable).counts["lots"]["disappeared"] == 3
