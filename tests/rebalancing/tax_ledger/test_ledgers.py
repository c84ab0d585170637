"""A household's ledger from the record: what files report, what the desk sold, what nobody knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.models import Account, Household, RealizedGain, Security, TaxLot, Transaction
from rebalancing.tax_ledger import form_8949, ledgers
from rebalancing.tax_ledger.washes import Entry
from tests import cast
from tests.factories.households import a_managed_household

pytestmark = pytest.mark.django_db
SEPTEMBER_8 = date(2026, 9, 8)
SUNDAY = date(2026, 11, 22)


def reported(basis: D | None, *, last4: str = "0001", symbol: str = "ZUS", **facts: Any) -> RealizedGain:
    """A sale of ten shares for 1,000 dollars, as a custodian reports it."""
    return RealizedGain.objects.create(
        **{
            "account": Account.objects.get(number_last4=last4),
            "security": Security.objects.get(symbol=symbol),
            "key": f"{facts.get('acquired_on', 'unknown')}>{facts.get('sold_on', SEPTEMBER_8)}",
            "sold_on": SEPTEMBER_8,
            "quantity": D(10),
            "proceeds": D(1000),
            "basis": basis,
            "acquired_on": date(2025, 1, 15),
            "term": "long",
            **facts,
        }
    )


def bought(last4: str, on: date, shares: D, **facts: Any) -> Transaction:
    return Transaction.objects.create(
        **{
            "account": Account.objects.get(number_last4=last4),
            "security": Security.objects.get(symbol="ZUS"),
            "key": f"B{on}{last4}",
            "kind": "buy",
            "traded_on": on,
            "quantity": shares,
            "amount": -shares * 100,
            **facts,
        }
    )


@pytest.fixture
def millers() -> Household:
    return a_managed_household(advisor=cast.ana(), reviewer=cast.rui(), gain_budget=D(20_000))


def the_entries(household: Household) -> list[Entry]:
    return list(ledgers.of(household, 2026, on=SUNDAY).entries)


def test_a_reported_gain_is_in_the_sums_of_its_return(millers: Household) -> None:
    reported(D(400))

    (unit,) = ledgers.of(millers, 2026, on=SUNDAY).units

    assert (unit.short, unit.long, unit.is_known) == (D(0), D(600), True)
    assert unit.budget is not None
    assert (unit.budget.net, unit.budget.used) == (D(600), D(600))


def test_the_household_has_the_budget_of_its_policy(millers: Household) -> None:
    reported(D(400))

    found = ledgers.of(millers, 2026, on=SUNDAY).budget

    assert found is not None
    assert (found.limit, found.used, found.left, found.share) == (D(20_000), D(600), D(19_400), D("0.03"))


def test_a_sale_without_a_basis_is_listed_and_in_no_sum(millers: Household) -> None:
    reported(None)

    (unit,) = ledgers.of(millers, 2026, on=SUNDAY).units

    assert (unit.short, unit.long, [one.piece.symbol for one in unit.open_unknown]) == (D(0), D(0), ["ZUS"])
    assert not unit.is_known


def test_a_purchase_in_the_ira_loses_the_loss_for_good(millers: Household) -> None:
    reported(D(1400))
    bought("0002", date(2026, 9, 20), D(4))

    (entry,) = the_entries(millers)

    assert (entry.lost, entry.deferred, entry.recognized) == (D(160), D(0), D(-240))


def test_what_is_left_of_the_same_lot_is_no_replacement(millers: Household) -> None:
    account, security = Account.objects.get(number_last4="0001"), Security.objects.get(symbol="ZUS")
    TaxLot.objects.create(
        account=account, security=security, key="A9", acquired_on=date(2026, 9, 1), quantity=D(90),
        basis=D(9000), basis_status="covered", as_of_on=SUNDAY,
    )  # fmt: skip
    reported(D(1400), acquired_on=date(2026, 9, 1), term="short")

    (entry,) = the_entries(millers)

    assert entry.recognized == D(-400)


def test_a_replacement_that_is_held_takes_the_loss_into_its_basis(millers: Household) -> None:
    bought("0001", date(2026, 9, 20), D(10))
    reported(D(1400))

    ledger = ledgers.of(millers, 2026, on=SUNDAY)

    (entry,) = ledger.entries
    assert (entry.deferred, entry.recognized) == (D(400), D(0))
    assert list(ledger.corrected.pending.values()) == [D(400)]


def test_the_accountant_gets_the_columns_of_form_8949(millers: Household) -> None:
    reported(D(1400))
    bought("0002", date(2026, 9, 20), D(4))

    (row,) = form_8949.rows(the_entries(millers))

    told = (
        row.box,
        row.description,
        row.acquired_on,
        row.proceeds,
        row.basis,
        row.code,
        row.adjustment,
        row.gain,
    )
    assert told == ("D", "10 sh. ZUS", date(2025, 1, 15), D(1000), D(1400), "W", D(160), D(-240))
    assert row.note == (
        "The 1099-B will not show this wash sale: the replacement is in another account."
        " $160.00 of the loss is lost for good (Rev. Rul. 2008-5)."
    )


def test_the_tax_that_follows_is_the_difference_of_two_computations(millers: Household) -> None:
    reported(D(400), proceeds=D(10_400))

    (unit,) = ledgers.of(millers, 2026, on=SUNDAY).units

    assert unit.taxes is not None
    assert unit.payments is not None
    # 15% and Colorado's 4.4% of 10,000.
    assert (unit.taxes.tax_on_gains, unit.taxes.state_on_gains) == (D("1940.00"), D("440.00"))
    assert unit.payments.due_on == date(2027, 1, 15)
