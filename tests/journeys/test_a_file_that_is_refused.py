"""A file with mistakes: nothing of it is kept, each mistake says how to put it right, and the right file goes in."""

from __future__ import annotations

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from clients.models import Price, TaxLot
from tests.factories import bundles
from tests.journeys.conftest import Firm
from tests.journeys.custody import LOTS, NOVEMBER, custodian_bundle, november

pytestmark = pytest.mark.django_db

TWO_MISTAKES = [
    LOTS[0].replace(",60000.00,", ",60_000,"),
    LOTS[1].replace("2025-01-15", "15.01.2025"),
    *LOTS[2:],
]


def test_a_file_that_is_refused(firm: Firm) -> None:
    lots_before = list(TaxLot.objects.order_by("pk").values_list("pk", "as_of_on", "quantity"))
    tom = firm.tom.opens("/imports/upload/")

    # A price that is no number spoils a whole price file: every household is measured with it.
    prices = bundles.table("prices", ["ZUS,2026-11-20,1_10,generated", "ZBD,20.11.2026,80,generated"])
    tom.presses("Upload and preview", uploads=SimpleUploadedFile("prices.csv", prices))
    tom.reads("Refused", "Line 2", "price", "1_10", "Line 3", "20.11.2026")
    assert not tom.may_press("Load into the record")

    # In a bundle, mistakes in one account's lots leave that account out wholly: half an account is worse than none.
    wrong = custodian_bundle(NOVEMBER, stock="110", lots=[row.format(day=NOVEMBER) for row in TWO_MISTAKES])
    tom.opens("/imports/upload/")
    tom.presses("Upload and preview", uploads=SimpleUploadedFile("thursday.zip", wrong))
    tom.reads("Line 2", "lots.csv", "basis_total", "60_000", "Write 1000 or 1,000.")
    tom.reads("Line 3", "acquired_on", "15.01.2025", "leaves 1 out")

    # He takes the rows back to the source with the faults beside them, and discards the file.
    rows = list(csv.reader(io.StringIO(tom.downloads("Download the rows with their faults").decode())))
    assert sum("60_000" in row for row in rows) == 1
    tom.presses("Discard this file").reads("thursday.zip was discarded. Nothing of it reached the record.")
    assert list(TaxLot.objects.order_by("pk").values_list("pk", "as_of_on", "quantity")) == lots_before
    assert not Price.objects.filter(as_of_on=NOVEMBER).exists()

    # The corrected file is read, confirmed and taken in; the same bytes again change nothing.
    tom.opens("/imports/upload/")
    tom.presses("Upload and preview", uploads=SimpleUploadedFile("friday.zip", november()))
    tom.presses("Load into the record").reads("2 accounts loaded")
    tom.opens("/imports/upload/")
    tom.presses("Upload and preview", uploads=SimpleUploadedFile("again.zip", november()))
    tom.reads("friday.zip was already imported by Tom on")

    # The list tells the three apart, and Ana, who does not trade, is told whom to ask.
    tom.opens("/imports/")
    assert tom.column("State") == ["Loaded", "Discarded", "Refused", "Loaded"]
    firm.ana.opens("/imports/upload/", status=403).reads("Ask a trader to upload it.")
