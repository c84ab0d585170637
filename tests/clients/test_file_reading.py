"""A file that would take the web process along is read by a child with limits, and refused in words."""

from __future__ import annotations

import io
import resource
import zipfile
from datetime import date

import pytest

from clients import file_reading
from clients.custodians import reader, recognition
from clients.custodians.rows import ParsedFile

SUNDAY = date(2026, 11, 22)
PRICES = b"symbol,on,price,source\n" + b"".join(
    f"S{n},2026-11-20,{n}.25,generated\n".encode() for n in range(1, 12_000)
)


def test_a_child_reads_what_we_read() -> None:
    assert file_reading.weight(PRICES) > file_reading.SMALL_BYTES_MAX

    assert file_reading.read("prices.csv", PRICES, SUNDAY) == recognition.read("prices.csv", PRICES, SUNDAY)


def test_an_endless_line_is_refused_and_costs_this_process_nothing() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parsed = file_reading.read("line.csv", b"a," * 15_500_000, SUNDAY)

    assert parsed.faults
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 130


def test_a_file_that_needs_more_time_than_allowed_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_reading, "SECONDS_MAX", 0.01)

    parsed: ParsedFile = file_reading.read("prices.csv", PRICES, SUNDAY)

    (fault,) = parsed.faults
    assert file_reading.NEEDS_MORE in str(fault)


def test_an_archive_weighs_what_it_unpacks_to() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("prices.csv", b"0" * 10_000_000)

    assert len(packed.getvalue()) < 20_000
    assert file_reading.weight(packed.getvalue()) == 10_000_000


def test_the_limits_are_those_documented() -> None:
    assert (reader.MEMORY_BYTES_MAX, reader.CPU_SECONDS_MAX) == (1_536 * 1024 * 1024, 45)
