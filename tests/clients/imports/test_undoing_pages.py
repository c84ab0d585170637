"""Undoing a file in the browser and for programs: who may, what the pages say, what each row did."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clients.imports import custodian_files
from clients.models import CustodianFile
from tests import cast
from tests.clock import SUNDAY_NOON, set_clock
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.desk import a_desk
from tests.factories.households import SET_UP, loaded, received, the_millers
from tests.pages import as_

pytestmark = pytest.mark.django_db


@pytest.fixture
def file() -> CustodianFile:
    """A lot file that sold A2 down and changed nothing else, loaded over the Millers' bundle."""
    set_clock(SUNDAY_NOON)
    the_millers()
    loaded(bundle())
    sold = [row.replace("2000,190000.00", "1500,142500.00") for row in MILLERS["lots"][:3]]
    waiting = received(table("lots", sold), name="lots.csv")
    return custodian_files.load(waiting, user_id=None, by=SET_UP, at=SUNDAY_NOON)


def detail(file: CustodianFile) -> str:
    return reverse("clients:import_detail", args=[file.public_id])


def undo(file: CustodianFile) -> str:
    return reverse("clients:import_undo", args=[file.public_id])


def test_the_receipt_says_what_undoing_restores_and_leads_to_it(file: CustodianFile) -> None:
    text = as_(cast.tom()).get(detail(file)).content.decode()

    assert "Undoing restores 1 account, 1 listing of lots, 1 restatement, 1 tax lot." in text
    assert undo(file) in text
    assert "Wrong file?" not in as_(cast.cora()).get(detail(file)).content.decode()


def test_a_trader_checks_and_undoes_it(file: CustodianFile) -> None:
    tom = as_(cast.tom())

    check = tom.post(undo(file), {"reason": "Last week's file."})
    assert "Check before you go on" in check.content.decode()
    page = check.context["page"]
    done = tom.post(
        undo(file), {"reason": "Last week's file.", "door_seen": page.seen, "door_checked": page.checked}
    )

    assert done.headers["Location"] == detail(file)
    text = tom.get(detail(file)).content.decode()
    assert "This file was undone" in text
    assert "Undone by Tom on" in text
    assert "Last week&#x27;s file." in text


@pytest.mark.parametrize(("who", "status"), [("tom", 200), ("cora", 403), ("ana", 404), ("carl", 404)])
def test_only_the_desk_may_undo(file: CustodianFile, who: str, status: int) -> None:
    assert as_(getattr(cast, who)()).get(undo(file)).status_code == status


def test_every_row_that_the_file_changed_is_listed_with_both_values(file: CustodianFile) -> None:
    page = as_(cast.tom()).get(reverse("clients:import_changes", args=[file.public_id])).context["page"]

    assert page.heading == "4 rows changed"
    assert (page.rows[-1].table, page.rows[-1].kind) == ("restatement", "made")
    assert [(row.table, row.what, row.account, row.kind, row.details) for row in page.rows[:-1]] == [
        (
            "tax lot",
            "ZUS A2",
            "Taxable ····0001",
            "changed",
            "basis 190000.00 → 142500.00, quantity 2000.000000 → 1500.000000, unadjusted basis 190000.00 → 142500.00",
        ),
        (
            "listing of lots",
            "All lots",
            "Taxable ····0001",
            "changed",
            "Confirmed unchanged, with a new date.",
        ),
        (
            "account",
            "Taxable ····0001",
            "Taxable ····0001",
            "changed",
            "reconciliation reconciled → broken, reconciliation note – → ZUS: lots 4500, position 5000",
        ),
    ]


def test_programs_read_the_same_rows_and_undo_with_a_reason(file: CustodianFile) -> None:
    tom = as_(cast.tom())

    listed = tom.get(f"/api/v1/custodian-files/{file.public_id}/changes/?table=clients_account").json()
    without = tom.post(f"/api/v1/imports/{file.public_id}/undo/", {}, content_type="application/json")
    done = tom.post(
        f"/api/v1/imports/{file.public_id}/undo/", {"reason": "Wrong."}, content_type="application/json"
    )

    assert [(row["table"], row["kind"]) for row in listed["results"]] == [("account", "changed")]
    assert (without.status_code, done.status_code) == (422, 200)
    assert done.json()["sentence"] == "lots.csv is undone. The record is as it was before it was loaded."


def test_a_file_that_something_was_built_on_names_it_and_the_way_forward() -> None:
    set_clock(SUNDAY_NOON)
    desk = a_desk()
    file = CustodianFile.objects.get()
    proposal = desk.propose()
    tom = as_(desk.tom)

    text = tom.get(detail(file)).content.decode()
    check = tom.post(undo(file), {"reason": "Wrong."})
    page = check.context["page"]
    refused = tom.post(undo(file), {"reason": "Wrong.", "door_seen": page.seen, "door_checked": page.checked})

    assert reverse("rebalancing:proposal", args=[proposal.public_id]) in text
    assert "1 open proposal would then go stale" in text
    assert refused.status_code == 423
    assert "A proposal for Miller was made on these holdings and is open." in refused.content.decode()


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301, "\x00"])
def test_a_reason_that_is_none_or_too_long_comes_back_on_the_form(file: CustodianFile, reason: str) -> None:
    answer = as_(cast.tom()).post(undo(file), {"reason": reason})

    assert answer.status_code == 422
    assert CustodianFile.objects.get(pk=file.pk).state == CustodianFile.State.LOADED
