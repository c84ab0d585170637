"""The preview is the load rehearsed; the same bytes win again; a figure that jumps is asked about."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from clients.imports import custodian_files
from clients.models import Account, CustodianFile, FileAccount, TaxLot
from compliance.audit_trail import audit
from compliance.refusals import Blocked
from tests import cast
from tests.clock import MONDAY_NOON, SUNDAY_NOON
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import SET_UP, loaded, received, the_millers

pytestmark = pytest.mark.django_db


def confirmed(file: CustodianFile) -> CustodianFile:
    return custodian_files.load(
        file, confirmed=file.preview["confirm"], user_id=None, by=SET_UP, at=MONDAY_NOON
    )


def cash(amount: str) -> bytes:
    return table("cash", [f"11110001,2026-11-20,settled,{amount}"])


def taxable() -> Account:
    return Account.objects.get(number_last4="0001")


def in_browser(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_right_file_loaded_again_undoes_a_wrong_one_of_the_same_day() -> None:
    the_millers()
    loaded(bundle())
    loaded(cash("12000.00"), name="right.csv")
    confirmed(received(cash("120000.00"), name="wrong.csv"))
    assert taxable().cash.settled == D("120000.00")

    again = custodian_files.receive(
        cash("12000.00"), name="right.csv", channel="browser", user_id=None, by=SET_UP, at=MONDAY_NOON
    )

    assert (again.is_known, again.file.state) == (True, CustodianFile.State.PREVIEWED)
    confirmed(again.file)
    assert taxable().cash.settled == D("12000.00")
    actions = [event.action for event in audit.trail(about=again.file)]
    assert actions == ["file.received", "file.loaded", "file.recognized", "file.loaded"]


def test_the_same_bytes_that_would_change_nothing_stay_loaded() -> None:
    the_millers()
    first = loaded(bundle())

    again = received(bundle())

    assert (again.state, again.loaded_at) == (CustodianFile.State.LOADED, first.loaded_at)


def test_lots_that_a_wrong_file_closed_are_open_again_when_the_right_one_is_loaded_again() -> None:
    the_millers()
    loaded(bundle())
    fewer = [row for row in MILLERS["lots"] if ",A2," not in row]
    loaded(table("lots", fewer), name="lots.csv")
    assert TaxLot.objects.get(key="A2").closed_on is not None

    confirmed(received(bundle()))

    assert TaxLot.objects.get(key="A2").closed_on is None


@pytest.mark.parametrize(
    ("amount", "questions"),
    [
        ("100000.00", ["Cash of Taxable ····0001 goes from $10,000.00 to $100,000.00."]),
        ("99999.99", []),
        ("1000.00", ["Cash of Taxable ····0001 goes from $10,000.00 to $1,000.00."]),
        ("1000.01", []),
        ("10000.00", []),
    ],
)
def test_a_tenfold_balance_is_asked_about_before_it_is_loaded(amount: str, questions: list[str]) -> None:
    from clients.imports import file_questions

    the_millers()
    loaded(bundle())

    file = received(cash(amount), name="cash.csv")

    assert [file_questions.sentence(one) for one in file.preview["questions"]] == questions
    if questions:
        with pytest.raises(Blocked, match="Cash of Taxable"):
            custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
        assert taxable().cash.settled == D("10000.00")
    confirmed(file)
    assert taxable().cash.settled == D(amount)
    recorded = audit.trail(about=file).last()
    assert recorded is not None
    assert ("cash_jump" in recorded.facts) == bool(questions)


def test_cash_that_bought_positions_of_the_same_file_needs_no_question() -> None:
    the_millers()
    loaded(bundle())
    bought = MILLERS["positions"][0].replace(",5000,", ",5099,")
    spent = ["11110001,2026-11-20,settled,100.00", MILLERS["cash"][1]]

    file = received(bundle(positions=[bought, *MILLERS["positions"][1:]], cash=spent))

    assert file.preview["questions"] == []


def test_an_account_ten_times_as_large_is_asked_about() -> None:
    the_millers()
    loaded(bundle())
    tenfold = [row.replace(",5000,", ",60000,").replace(",1000,", ",12000,") for row in MILLERS["positions"]]

    file = received(table("positions", tenfold), name="positions.csv")

    assert [(one["kind"], one["before"], one["after"]) for one in file.preview["questions"]] == [
        ("value_jump", "590000.00", "6970000.00")
    ]


def test_the_page_asks_with_both_figures_and_loads_once_they_are_confirmed() -> None:
    the_millers()
    loaded(bundle())
    tom = in_browser(cast.tom())
    file = received(cash("100000.00"), name="cash.csv")
    load = reverse("clients:import_load", args=[file.public_id])

    page = tom.get(reverse("clients:import_detail", args=[file.public_id])).content.decode()
    assert "Cash of Taxable ····0001 goes from $10,000.00 to $100,000.00." in page

    tom.post(load)
    assert taxable().cash.settled == D("10000.00")
    tom.post(load, {"confirm": file.preview["confirm"]})
    assert taxable().cash.settled == D("100000.00")


def test_the_command_loads_a_jump_only_with_its_flag(tmp_path: Any) -> None:
    the_millers()
    loaded(bundle())
    path = tmp_path / "cash.csv"
    path.write_bytes(cash("100000.00"))

    with pytest.raises(CommandError):
        call_command("import_file", str(path))
    assert taxable().cash.settled == D("10000.00")
    call_command("import_file", "--confirm", str(path))
    assert taxable().cash.settled == D("100000.00")


def test_what_the_load_would_refuse_the_preview_refuses_already() -> None:
    the_millers()
    strangers = [row.replace("Mia Miller", "Nobody Known") for row in MILLERS["accounts"]]

    file = received(table("accounts", strangers), name="accounts.csv")

    assert [one.state for one in file.accounts.all()] == [FileAccount.State.REFUSED] * 2
    page = in_browser(cast.tom()).get(reverse("clients:import_detail", args=[file.public_id]))
    told = page.content.decode()
    assert "No account can be loaded" in told
    assert "Load into the record" not in told
    with pytest.raises(Blocked, match="Nobody Known is not a person of household miller"):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    assert CustodianFile.objects.get().state == CustodianFile.State.PREVIEWED


def test_a_file_that_loaded_nothing_is_loaded_once_its_household_is_on_record() -> None:
    content = table("accounts", MILLERS["accounts"])
    file = received(content, name="accounts.csv")
    with pytest.raises(Blocked):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    the_millers()

    again = received(content, name="accounts.csv")

    assert [one.state for one in again.accounts.all()] == [FileAccount.State.READY] * 2
    confirmed(again)
    assert Account.objects.count() == 2


def test_a_corrected_custodian_restates_the_account_once_confirmed() -> None:
    the_millers()
    loaded(bundle())
    before = taxable()
    corrected = [MILLERS["accounts"][0].replace(",house,", ",fidelity,"), MILLERS["accounts"][1]]

    file = received(table("accounts", corrected), name="accounts.csv")

    assert [one["kind"] for one in file.preview["questions"]] == ["custodian_changed"]
    with pytest.raises(Blocked, match="It stays the same account"):
        custodian_files.load(file, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    confirmed(file)
    assert Account.objects.count() == 2
    assert (taxable().pk, taxable().custodian, taxable().lots.count()) == (before.pk, "fidelity", 3)


def test_a_row_without_a_custodian_leaves_the_account_where_it_is() -> None:
    the_millers()
    loaded(bundle(accounts=[row.replace(",house,", ",fidelity,") for row in MILLERS["accounts"]]))

    file = loaded(
        table("accounts", [row.replace(",house,", ",,") for row in MILLERS["accounts"]]), name="accounts.csv"
    )

    assert file.state == CustodianFile.State.LOADED
    assert [one.custodian for one in Account.objects.all()] == ["fidelity", "fidelity"]
