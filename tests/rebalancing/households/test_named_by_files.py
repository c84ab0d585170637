"""Whatever names a household that was merged is led to the one it is part of; and no table is forgotten."""

from __future__ import annotations

import json

import pytest

from clients.models import Household
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import two_families, workbooks
from tests.factories.bundles import MILLERS, bundle
from tests.factories.deciding import scan
from tests.factories.households import SET_UP, received
from tests.factories.two_families import TwoFamilies, merged
from tests.pages import as_

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

COME_ALONG = {"Person", "TaxUnit", "Account"}
FOLLOW_THEIR_OWNER = {"OutsideAccount", "Transfer"}
GO_ON_ANEW = {"Hold", "LifeEvent", "ClientRestriction"}
STAY_BEHIND = {
    # What was measured, proposed and told before stays with the household that it was said about.
    *("Proposal", "Reading", "ScanItem", "ImpactItem", "ClientSummary", "WorkbookHousehold"),
    # Ended with it, or decided for the household as it was: who became another one decides anew.
    *("BookEntry", "Policy", "ProductApproval", "HoldOverride"),
    # Looked at anew by the next job.
    "Alarm",
    # Who became part of whom.
    "Household",
}


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def test_every_table_of_a_household_is_treated_by_a_merger_and_a_split() -> None:
    tables = {relation.related_model.__name__ for relation in Household._meta.related_objects}
    hidden = {
        field.model.__name__
        for model in _models()
        for field in model._meta.get_fields()
        if getattr(field, "related_model", None) is Household and not field.auto_created
    }

    assert tables | hidden == COME_ALONG | FOLLOW_THEIR_OWNER | GO_ON_ANEW | STAY_BEHIND, (
        "Say what becomes of it in clients/households/merging.py and splitting.py, and list it here."
    )


def _models() -> list[type]:
    from django.apps import apps

    return list(apps.get_models())


def test_a_file_that_names_the_absorbed_household_is_told_the_other_code(firm: TwoFamilies) -> None:
    merged(firm, firm.millers, firm.harts)
    rows = [row.replace("1111", "3333").replace("miller", "hart") for row in MILLERS["accounts"]]

    file = received(bundle(accounts=rows, positions=[], lots=[], cash=[], transactions=[]), name="more.zip")

    told = " ".join(str(one) for one in [*file.faults, file.preview])
    assert "Household hart was merged into miller on 2026-11-22." in told
    assert "Write miller as its household." in told


def test_a_workbook_that_names_it_is_told_the_other_code(firm: TwoFamilies) -> None:
    account = firm.harts.accounts.order_by("name")[0]
    merged(firm, firm.millers, firm.harts)

    workbook = workbooks.received(
        workbooks.xlsx(
            {
                "cash_flows": [
                    {
                        "household": "hart",
                        "account": account.public_id,
                        "flow": "withdrawal",
                        "amount": "-5",
                        "due_on": "2026-12-01",
                    }
                ]
            }
        )
    )

    told = [(one["rule"], one["cure"]) for one in workbook.faults]
    assert ("The household was merged into Miller (miller).", "Write miller as its household.") in told


def test_a_scan_that_was_running_leaves_it_out(firm: TwoFamilies) -> None:
    run = scans.start(
        scan="requested",
        market_on=LAST_FRIDAY,
        code_version="test",
        user_id=firm.ana.pk,
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    merged(firm, firm.millers, firm.harts)

    scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=9)

    run.refresh_from_db()
    assert run.state == "completed"
    assert {one.household.code: one.state for one in run.items.all()} == {"miller": "done", "hart": "skipped"}
    assert [one.household.code for one in run.readings.all()] == ["miller"]


@pytest.mark.parametrize(
    "address",
    [
        "readiness/",
        "standings/",
        "drift/",
        "tax-profiles/waiting/?year=2027",
    ],
)
def test_no_list_asks_for_it(firm: TwoFamilies, address: str) -> None:
    merged(firm, firm.millers, firm.harts)
    scan()

    for user in (firm.ana, cast.cora()):
        answer = as_(user).get(f"/api/v1/{address}")
        assert answer.status_code == 200, answer.content
        told = json.dumps(answer.json())
        assert firm.millers.public_id in told
        assert firm.harts.public_id not in told
