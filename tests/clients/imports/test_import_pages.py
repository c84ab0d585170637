"""The import pages: who may open them, what they say, and that no bytes make them fall over."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clients.models import Account, CustodianFile, FileAccount, Household
from compliance.audit_trail import audit
from tests import cast
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import loaded, received, the_millers
from tests.pages import as_

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parents[3] / "docs" / "formats" / "samples"


@pytest.fixture
def tom(db: None) -> Client:
    """His browser."""
    return as_(cast.tom())


@pytest.fixture
def millers(db: None) -> Household:
    return the_millers()


def hand_in(client: Client, *files: tuple[str, bytes]) -> Any:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post(reverse("clients:import_upload"), {"uploads": uploads})


def detail(file: CustodianFile) -> str:
    return reverse("clients:import_detail", args=[file.public_id])


def errors_on(answer: Any) -> list[str]:
    return [str(error) for error in answer.context["page"].form.errors.get("uploads", [])]


def test_a_trader_uploads_previews_and_loads_a_bundle(tom: Client, millers: Household) -> None:
    answer = hand_in(tom, ("bundle.zip", bundle()))

    file = CustodianFile.objects.get()
    assert answer.headers["Location"] == detail(file)
    preview = tom.get(detail(file))
    assert "2 accounts ready to load" in preview.content.decode()
    assert file.channel == "browser"
    assert str(file.received_by) == "Tom"

    tom.post(reverse("clients:import_load", args=[file.public_id]))

    receipt = tom.get(detail(file)).content.decode()
    assert "2 accounts loaded" in receipt
    assert "Receipt" in receipt
    assert Account.objects.count() == 2


def test_a_second_click_on_load_finds_the_receipt_and_changes_nothing(
    tom: Client, millers: Household
) -> None:
    hand_in(tom, ("bundle.zip", bundle()))
    url = reverse("clients:import_load", args=[CustodianFile.objects.get().public_id])
    tom.post(url)

    again = tom.post(url)

    assert again.status_code == 302
    assert [event.action for event in audit.trail(about=CustodianFile.objects.get())] == [
        "file.received",
        "file.loaded",
    ]


def test_the_same_bytes_again_say_who_imported_them_and_when(tom: Client, millers: Household) -> None:
    hand_in(tom, ("bundle.zip", bundle()))
    tom.post(reverse("clients:import_load", args=[CustodianFile.objects.get().public_id]))

    again = tom.post(
        reverse("clients:import_upload"), {"uploads": SimpleUploadedFile("copy.zip", bundle())}, follow=True
    )

    assert "bundle.zip was already imported by Tom on" in again.content.decode()
    assert CustodianFile.objects.count() == 1


def test_several_files_are_taken_one_by_one_and_a_bad_one_does_not_stop_the_others(
    tom: Client, millers: Household
) -> None:
    answer = hand_in(
        tom,
        ("bundle.zip", bundle()),
        ("nothing.csv", b""),
        ("prices.csv", table("prices", MILLERS["prices"])),
    )

    assert answer.status_code == 422
    assert errors_on(answer) == ["nothing.csv: The file is empty. Export it again and upload the new file."]
    assert [row.name for row in answer.context["page"].received] == ["bundle.zip", "prices.csv"]
    assert "<title>Error: " in answer.content.decode()


def test_a_discarded_file_keeps_its_bytes_and_reaches_no_record(tom: Client, millers: Household) -> None:
    file = received(bundle())

    tom.post(reverse("clients:import_discard", args=[file.public_id]))

    assert CustodianFile.objects.get().state == "discarded"
    assert "This file was discarded" in tom.get(detail(file)).content.decode()
    assert tom.post(reverse("clients:import_load", args=[file.public_id])).status_code == 409
    assert not Account.objects.exists()


def test_a_masked_account_is_bound_once_by_a_person_among_the_accounts_of_its_custodian(
    tom: Client, millers: Household
) -> None:
    at_schwab = [row.replace(",house,", ",schwab,") for row in MILLERS["accounts"]]
    loaded(bundle(accounts=at_schwab))
    hand_in(tom, ("schwab-positions.csv", (SAMPLES / "schwab-positions.csv").read_bytes()))
    file = CustodianFile.objects.get(custodian="schwab")
    row = file.accounts.get()
    assert row.state == FileAccount.State.UNBOUND
    url = reverse("clients:binding_list")
    assert f"{url}?file={file.public_id}" in tom.get(detail(file)).content.decode()
    account = Account.objects.get(number_last4="0001")

    without_choice = tom.post(url, {"action": "bind"})
    tom.post(url, {"action": "bind", f"row-{row.pk}": account.public_id})

    assert without_choice.status_code == 422
    assert "Choose an account for at least one line." in without_choice.content.decode()
    bound = CustodianFile.objects.get(custodian="schwab").accounts.get()
    assert (bound.account, bound.state) == (account, FileAccount.State.READY)
    assert audit.Action.ACCOUNT_BOUND in [event.action for event in audit.trail(about=account)]


def test_nobody_binds_to_an_account_of_another_custodian(tom: Client, millers: Household) -> None:
    loaded(bundle())
    hand_in(tom, ("schwab-positions.csv", (SAMPLES / "schwab-positions.csv").read_bytes()))
    file = CustodianFile.objects.get(custodian="schwab")
    elsewhere = Account.objects.get(number_last4="0001")

    answer = tom.post(
        reverse("clients:binding_list"),
        {"action": "bind", f"row-{file.accounts.get().pk}": elsewhere.public_id},
    )

    assert answer.status_code == 422
    assert "No account at this custodian is on record" in tom.get(detail(file)).content.decode()


def test_the_faults_name_line_column_value_rule_and_cure_and_can_be_downloaded(
    tom: Client, millers: Household
) -> None:
    rows = [*MILLERS["prices"], "ZUS,2026-11-19,1_000,=generated()"]
    hand_in(tom, ("prices.csv", table("prices", rows)))
    file = CustodianFile.objects.get()

    page = tom.get(detail(file))
    rows_file = tom.get(reverse("clients:import_rows", args=[file.public_id]))

    text = page.content.decode()
    assert "This file cannot be loaded" in text
    assert "Load into the record" not in text
    assert [(one.line, one.column) for one in page.context["page"].faults] == [(5, "price")]
    assert rows_file.headers["Content-Disposition"] == f'attachment; filename="{file.public_id}-rows.csv"'
    assert "no-store" in rows_file.headers["Cache-Control"]
    cells = [cell for row in csv.reader(io.StringIO(rows_file.content.decode())) for cell in row]
    assert not any(cell.startswith(("=", "@", "\t")) for cell in cells)
    assert audit.trail(about=file).filter(action=audit.Action.DATA_EXPORTED).count() == 1


def test_the_list_filters_by_state_and_tells_why_a_file_was_refused(tom: Client, millers: Household) -> None:
    received(bundle())
    received(b"%PDF-1.7 not data", name="statement.pdf")

    everything = tom.get(reverse("clients:import_list"))
    refused = tom.get(reverse("clients:import_list"), {"state": "refused"})

    assert [(one.label, one.count) for one in everything.context["page"].listing.chips[0].chips] == [
        ("All", 2),
        ("Received", 0),
        ("Ready to confirm", 1),
        ("Loaded", 0),
        ("Refused", 1),
        ("Discarded", 0),
        ("Undone", 0),
    ]
    assert "1 file is ready to confirm" in everything.content.decode()
    assert [(row.name, row.note) for row in refused.context["page"].rows] == [
        ("statement.pdf", "This is a PDF document, not a custodian's data file."),
    ]


# ── Who may what ─────────────────────────────────────────────────────────────────────────────────

WHO = {
    "trader": (cast.tom, 200, 200, 200),
    "compliance": (cast.cora, 200, 403, 200),
    "advisor": (cast.ana, 403, 403, 404),
    "reviewer": (cast.rui, 403, 403, 404),
    "administrator": (cast.ada, 403, 403, 404),
    "client": (cast.carl, 403, 403, 404),
    "nobody": (cast.max_, 403, 403, 404),
}


@pytest.mark.parametrize(("who", "on_list", "on_upload", "on_file"), WHO.values(), ids=WHO)
def test_files_are_read_by_the_desk_and_compliance_and_uploaded_by_the_desk(
    who: Callable[[], Any], on_list: int, on_upload: int, on_file: int
) -> None:
    file = received(table("prices", MILLERS["prices"]), name="prices.csv")
    client = as_(who())

    assert client.get(reverse("clients:import_list")).status_code == on_list
    assert client.get(reverse("clients:import_upload")).status_code == on_upload
    assert client.get(detail(file)).status_code == on_file
    assert client.get(reverse("clients:import_rows", args=[file.public_id])).status_code == on_file


def test_compliance_reads_but_decides_nothing(millers: Household) -> None:
    file = received(bundle())
    cora = as_(cast.cora())

    text = cora.get(detail(file)).content.decode()

    assert "Load into the record" not in text
    assert "Only the trading desk can import custodian files." in text
    for name in ("import_load", "import_discard"):
        assert cora.post(reverse(f"clients:{name}", args=[file.public_id])).status_code == 403
    assert cora.post(reverse("clients:binding_list"), {"action": "bind"}).status_code == 403
    assert CustodianFile.objects.get().state == "previewed"


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    answer = client.get(reverse("clients:import_list"))
    assert answer.status_code == 302
    assert "/account/login/" in answer.headers["Location"]


def test_the_list_costs_the_same_queries_for_one_file_as_for_many(
    tom: Client, django_assert_max_num_queries: Any
) -> None:
    for day in range(10, 18):
        received(table("prices", [f"ZUS,2026-11-{day},100,generated"]), name=f"{day}.csv")
    with django_assert_max_num_queries(16):
        tom.get(reverse("clients:import_list"))


def test_the_page_of_a_file_never_loads_its_bytes(
    tom: Client, millers: Household, django_assert_max_num_queries: Any
) -> None:
    file = received(bundle())
    with django_assert_max_num_queries(12) as queries:
        tom.get(detail(file))
    assert not any('"clients_custodianfile"."content"' in query["sql"] for query in queries.captured_queries)


# ── Bytes that mean harm ─────────────────────────────────────────────────────────────────────────


def a_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prices.csv", b"0" * 400_000_000)
    return out.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "PDF named .csv": ("positions.csv", lambda: b"%PDF-1.7\n%\xe2\xe3", "This is a PDF document"),
    "zip bomb": ("bundle.zip", a_bomb, ""),
    "cut-off zip": ("bundle.zip", lambda: bundle()[:200], ""),
    "other layout": ("list.csv", lambda: b"name,color\nIvy,green\n", "in none of the supported layouts"),
    "NUL bytes": ("prices.csv", lambda: table("prices", ["ZUS,2026-11-20,10\x000,generated"]), ""),
    "NUL in a header": (
        "prices.csv",
        lambda: b"symbol,on,pr\x00ice,source\nZUS,2026-11-20,1,generated\n",
        "",
    ),
    "huge cell": ("prices.csv", lambda: table("prices", ["Z" * 1_500_000 + ",2026-11-20,1,generated"]), ""),
    "lone surrogate": (
        "prices.csv",
        lambda: b"symbol,on,price,source\n\xed\xa0\x80,2026-11-20,1,generated\n",
        "",
    ),
    "script in a cell": (
        "prices.csv",
        lambda: table("prices", ["<script>alert(1)</script>,2026-11-20,x,generated"]),
        "",
    ),
    "right-to-left name": ("\u202egnp.csv", lambda: b"a,b\n1,2\n", ""),
    "10,000 columns": ("prices.csv", lambda: b",".join([b"a"] * 10_000) + b"\n", ""),
}


@pytest.mark.parametrize(("name", "make", "says"), HOSTILE.values(), ids=HOSTILE)
def test_no_upload_makes_a_page_fall_over(
    tom: Client, name: str, make: Callable[[], bytes], says: str
) -> None:
    answer = tom.post(
        reverse("clients:import_upload"), {"uploads": SimpleUploadedFile(name, make())}, follow=True
    )

    assert answer.status_code == 200
    file = CustodianFile.objects.get()
    page = answer.context["page"]
    assert file.state == CustodianFile.State.REFUSED
    assert page.faults
    assert all(fault.rule and fault.how_to_fix for fault in page.faults)
    assert says in " ".join(fault.rule for fault in page.faults)
    assert "<script>alert" not in answer.content.decode()
    assert len(answer.content) < 200_000
    assert tom.get(reverse("clients:import_list")).status_code == 200
    assert tom.get(reverse("clients:import_rows", args=[file.public_id])).status_code == 200


def test_an_empty_or_oversized_or_missing_upload_is_refused_in_words(
    tom: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clients.imports import custodian_files

    monkeypatch.setattr(custodian_files, "SIZE_MAX", 1000)
    assert errors_on(hand_in(tom, ("a.csv", b""))) == [
        "a.csv: The file is empty. Export it again and upload the new file."
    ]
    assert "files may be up to" in errors_on(hand_in(tom, ("b.csv", b"x" * 1001)))[0]
    assert errors_on(tom.post(reverse("clients:import_upload"))) == ["Select a file."]
    assert not CustodianFile.objects.exists()


def test_a_file_with_no_account_we_know_waits_instead_of_being_used_up(
    tom: Client, millers: Household
) -> None:
    hand_in(tom, ("schwab-positions.csv", (SAMPLES / "schwab-positions.csv").read_bytes()))
    file = CustodianFile.objects.get()

    answer = tom.post(reverse("clients:import_load", args=[file.public_id]))

    assert answer.status_code == 423
    assert "None of this file&#x27;s accounts can be loaded yet." in answer.content.decode()
    assert CustodianFile.objects.get().state == "previewed"
