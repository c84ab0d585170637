"""A security under a new symbol is the same security: its lots, locks and wash-sale window go on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.models import FormerSymbol, Security, TaxLot
from compliance.audit_trail import audit
from tests.factories.imports import account, brought_in, the_accounts

pytestmark = pytest.mark.django_db

CUSIP = "594918104"


def flex(symbol: str, day: str, *, cusip: str = CUSIP, more: str = "", lot: str = "990001") -> bytes:
    sold = f'currency="USD" assetCategory="STK" symbol="{symbol}" description="INVENTED" position="100" '
    sold += f'markPrice="150" positionValue="15000" costBasisMoney="9000" reportDate="{day}" cusip="{cusip}" '
    return (
        '<FlexQueryResponse queryName="q" type="AF"><FlexStatements count="1">'
        f'<FlexStatement accountId="U0052601" fromDate="{day}" toDate="{day}" whenGenerated="{day};181200">'
        '<CashReport><CashReportCurrency accountId="U0052601" currency="USD" endingCash="1000" '
        'endingSettledCash="1000" /></CashReport><OpenPositions>'
        f'<OpenPosition accountId="U0052601" {sold} levelOfDetail="SUMMARY" openDateTime="" />'
        f'<OpenPosition accountId="U0052601" {sold} costBasisPrice="90.0" levelOfDetail="LOT" '
        f'openDateTime="20230503;110245" holdingPeriodDateTime="20230503;110245" '
        f'originatingTransactionID="{lot}" />{more}'
        "</OpenPositions></FlexStatement></FlexStatements></FlexQueryResponse>"
    ).encode()


@pytest.fixture(autouse=True)
def _accounts(db: None) -> None:
    the_accounts()


@pytest.mark.parametrize("cusip", [CUSIP, ""], ids=["by its CUSIP", "by the custodian's lot id"])
def test_a_new_symbol_is_the_same_security_with_its_lot_its_basis_and_its_lock(cusip: str) -> None:
    brought_in("day1.xml", flex("FBOL", "20261119", cusip=cusip))
    TaxLot.objects.update(lock=TaxLot.Lock.GIFT, lock_reason="Pledged to the church.")
    before = TaxLot.objects.get()

    file = brought_in("day2.xml", flex("METQ", "20261120", cusip=cusip))

    lot = TaxLot.objects.get()
    assert (lot.pk, lot.security_id, lot.security.symbol) == (before.pk, before.security_id, "METQ")
    assert (lot.closed_on, lot.acquired_on, lot.basis) == (None, date(2023, 5, 3), D("9000.00"))
    assert lot.lock_reason == "Pledged to the church."
    assert [one.symbol for one in lot.security.former_symbols.all()] == ["FBOL"]
    assert not Security.objects.filter(symbol="FBOL").exists()
    assert account("2601").reconciliation == "reconciled"
    told = [one["sentence"] for one in file.preview["warnings"]]
    assert any(one.startswith("FBOL is now METQ: the same security") for one in told), told
    assert [event.action for event in audit.trail(about=lot.security)] == ["security.renamed"]


def test_a_file_that_still_says_the_old_symbol_means_the_renamed_security() -> None:
    brought_in("day1.xml", flex("FBOL", "20261119"))
    brought_in("day2.xml", flex("METQ", "20261120"))

    brought_in("day3.xml", flex("FBOL", "20261120", lot="990001", more="<!-- late -->"))

    assert [one.symbol for one in Security.objects.filter(cusip=CUSIP)] == ["METQ"]
    assert TaxLot.objects.get().closed_on is None


def test_two_symbols_in_one_file_are_two_securities_whatever_they_share() -> None:
    brought_in("day1.xml", flex("FBOL", "20261119"))
    both = flex("FBOL", "20261120").decode().split("<OpenPositions>")[1].split("</OpenPositions>")[0]
    brought_in("day2.xml", flex("METQ", "20261120", lot="990002", more=both))

    assert not FormerSymbol.objects.exists()
    assert Security.objects.filter(symbol="FBOL").exists()


def test_another_spelling_of_a_symbol_renames_nothing() -> None:
    brought_in("day1.xml", flex("BRK.B", "20261119"))

    brought_in("day2.xml", flex("BRK B", "20261120"))

    assert not FormerSymbol.objects.exists()
    assert TaxLot.objects.get().closed_on is None
