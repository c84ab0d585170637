"""Clean files of the sources the firm names are loaded without a person; every other waits, and says why."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.holdings import lot_corrections
from clients.imports import clean_files, drop_folder
from clients.models import CustodianFile, TaxLot
from compliance.audit_trail import audit
from compliance.firm import price_figures
from compliance.people.actors import Actor
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.bundles import MILLERS, bundle, table
from tests.factories.households import loaded, received, the_millers
from tests.pages import as_

pytestmark = pytest.mark.django_db

WATCH = Actor.system("watched folder")


def put_down(folder: Path, content: bytes, *, name: str = "positions.csv") -> CustodianFile:
    (folder / name).write_bytes(content)
    os.utime(folder / name, (0, 0))
    (taken,) = drop_folder.receive_all(folder, by=WATCH, at=datetime.now(UTC) + timedelta(minutes=1))
    assert taken.file is not None
    return taken.file


@pytest.fixture
def _the_house_confirms_itself() -> None:
    the_millers()
    loaded(bundle())
    firm_settings.decided(price_figures.CONFIRMED_BY_THEMSELVES, ("house",))


DRAWN: dict[str, tuple[bytes, list[str]]] = {
    "clean": (table("prices", ["ZUS,2026-11-20,100,house"]), []),
    "an unknown account": (
        table("cash", ["99990001,2026-11-20,settled,5.00"]),
        ["1 account is not bound."],
    ),
    "a price nobody can place": (
        table("prices", ["ZZZ,2026-11-20,10,house"]),
        ["1 caution has to be read."],
    ),
    "prices of a day before the last one": (
        table("prices", ["ZUS,2026-11-19,100,house"]),
        ["1 caution has to be read."],
    ),
    "ten times the cash": (
        table("cash", ["11110001,2026-11-20,settled,100000.00"]),
        ["1 figure has to be confirmed."],
    ),
    "older than the record": (
        table("cash", ["11110001,2026-11-19,settled,10000.00"]),
        ["1 account would be left out.", "1 row has a fault."],
    ),
}


def reasons_to_look(file: CustodianFile) -> list[str]:
    return clean_files.reasons_of(file, list(file.accounts.values_list("state", flat=True)))


@pytest.mark.parametrize("drawn", DRAWN)
def test_each_reason_to_look_is_told(drawn: str) -> None:
    the_millers()
    loaded(bundle())
    content, reasons = DRAWN[drawn]

    file = received(content, name="file.csv")

    assert reasons_to_look(file) == reasons


@pytest.mark.parametrize(
    ("says", "reasons"),
    [("120000.00", []), ("120001.00", ["1 caution has to be read."])],
    ids=["what it said when the lot was corrected", "something else"],
)
def test_a_corrected_lot_that_stands_as_decided_holds_no_file(says: str, reasons: list[str]) -> None:
    """Custodians restate what was corrected in every file: only what they say anew has to be read."""
    the_millers()
    loaded(bundle())
    lot = TaxLot.objects.get(key="A1")
    decided = lot_corrections.Decided(lot.acquired_on, Decimal(150_000), "covered", "A statement.")
    cora = Actor.person(cast.cora())
    lot_corrections.correct(lot, decided, asked_by_id=cast.tom().pk, by=cora, at=SUNDAY_NOON)
    rows = [row.replace("120000.00", says) for row in MILLERS["lots"]]

    file = received(bundle(lots=rows, prices=[]), name="again.zip")

    assert "was corrected on" in " ".join(one["sentence"] for one in file.preview["warnings"])
    assert [one for one in reasons_to_look(file) if "caution" in one] == reasons


@pytest.mark.usefixtures("_the_house_confirms_itself")
def test_a_clean_file_is_loaded_by_itself_and_the_trail_says_by_whom(tmp_path: Path) -> None:
    file = put_down(tmp_path, table("prices", ["ZUS,2026-11-20,100,house"]), name="prices.csv")

    assert (file.state, file.loaded_by) == ("loaded", None)
    assert [(event.action, event.actor_label) for event in audit.trail(about=file)] == [
        ("file.received", "watched folder"),
        ("file.loaded", "watched folder"),
    ]


@pytest.mark.usefixtures("_the_house_confirms_itself")
@pytest.mark.parametrize("drawn", [name for name in DRAWN if name != "clean"])
def test_every_other_file_waits_for_a_person(tmp_path: Path, drawn: str) -> None:
    assert put_down(tmp_path, DRAWN[drawn][0]).state == "previewed"


def test_without_the_firms_word_a_clean_file_waits_too(tmp_path: Path) -> None:
    the_millers()
    loaded(bundle())

    assert put_down(tmp_path, table("prices", MILLERS["prices"])).state == "previewed"


def test_what_waits_is_listed_first_with_its_reasons() -> None:
    the_millers()
    received(table("cash", ["11110001,2026-11-20,settled,1.00"]), name="waits.csv")
    loaded(bundle())

    rows: Any = as_(cast.tom()).get("/imports/").context["page"].rows

    assert [(row.name, row.note) for row in rows] == [
        ("waits.csv", "1 account is not bound."),
        ("bundle.zip", "2 accounts"),
    ]


def test_the_clean_files_that_wait_are_loaded_together_and_the_others_keep_waiting() -> None:
    the_millers()
    loaded(bundle())
    tom = as_(cast.tom())
    waiting = {name: received(content, name=f"{name}.csv") for name, (content, _) in DRAWN.items()}
    later = received(table("prices", ["ZBD,2026-11-20,80,house"]), name="later.csv")

    assert "Load the clean files" in tom.get("/imports/").content.decode()
    form = tom.get("/imports/load-clean/").context["page"].form
    clean = [waiting["clean"].public_id, later.public_id]
    assert form["chosen"].value() == clean
    assert tom.post("/imports/load-clean/", {"chosen": clean}).status_code == 302

    states = dict(CustodianFile.objects.exclude(name="bundle.zip").values_list("name", "state"))
    assert states.pop("clean.csv") == states.pop("later.csv") == "loaded"
    assert set(states.values()) == {"previewed"}
