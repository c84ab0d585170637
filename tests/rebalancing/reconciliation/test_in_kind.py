"""Shares that moved in kind: explained by a transfer on record they are no break, and otherwise they are asked about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D

import pytest

from clients.imports import custodian_files
from clients.models import Account, Security
from clients.transfers import transfers
from clients.transfers.transfers import Terms
from compliance.people.actors import Actor
from rebalancing.models import Break
from rebalancing.reconciliation import reconciling
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle
from tests.factories.households import SET_UP, received, the_millers

pytestmark = pytest.mark.django_db

FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)


def compared(day: date, *, shares: int = 0, movement: bool = True) -> list[tuple[str, str]]:
    """The file of a day is loaded, with shares that came in kind, and compared; the breaks that are open."""
    rows = {
        kind: [row.replace("2026-11-20", f"{day}") for row in MILLERS[kind]]
        for kind in ("positions", "lots", "cash")
    }
    if shares:
        rows["positions"].append(f"11110001,{day},ZUB,{shares},no")
        rows["lots"].append(f"11110001,{day},ZUB,A9,2019-05-06,{shares},3000.00,covered")
    moved = list(MILLERS["transactions"])
    if shares and movement:
        moved.append(f"11110001,transfer_in,{MONDAY},T9,ZUB,{shares},,0.00")
    at = datetime.fromisoformat(f"{day}T22:00:00-05:00")
    file = received(bundle(**rows, transactions=moved), name=f"{day}.zip", at=at)
    custodian_files.load(file, confirmed=file.preview.get("confirm", ""), user_id=None, by=SET_UP, at=at)
    reconciling.run(at=at + timedelta(hours=9))
    return sorted((one.queue, one.cause) for one in Break.objects.filter(ended_at=None))


def expected() -> None:
    ana = cast.ana()
    terms = Terms(
        from_account=None,
        to_account=Account.objects.get(number_last4="0001"),
        elsewhere="Old Broker",
        security=Security.objects.get(symbol="ZUB"),
        shares=D(100),
        expected_on=MONDAY,
    )
    transfers.expect(terms, user_id=ana.pk, by=Actor.person(ana), at=SUNDAY_NOON)


@pytest.fixture(autouse=True)
def _friday(db: None) -> None:
    the_millers()
    assert compared(FRIDAY) == []


@pytest.mark.parametrize("movement", [True, False])
def test_a_transfer_on_record_explains_what_came(movement: bool) -> None:
    expected()

    assert compared(MONDAY, shares=100, movement=movement) == []


def test_what_no_transfer_explains_is_asked_about_until_somebody_enters_it() -> None:
    assert compared(MONDAY, shares=100) == [("fills", "moved_in_kind")]

    expected()

    assert compared(TUESDAY, shares=100) == []
