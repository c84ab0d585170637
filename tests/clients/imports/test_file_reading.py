"""A file that would take the web process along is read by a child with limits, and refused in words."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zipfile
from datetime import date
from typing import Any

import pytest

from clients.custodians import reader, recognition
from clients.custodians.rows import ParsedFile
from clients.imports import file_reading

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


GREEDY = """
import sys
from clients.custodians import reader, recognition
reader.MEMORY_BYTES_MAX = 300 * 1024 * 1024

def read(name, content, received_on):
    return [bytearray(1024 * 1024) for _ in range(2_000)]

recognition.read = read
sys.exit(reader.main())
"""


def test_a_file_that_needs_more_memory_than_allowed_ends_its_child_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A reader that takes memory without end, under the same limit made smaller: two gigabytes into 300 MB."""
    run = subprocess.run

    def greedy(command: list[str], **named: Any) -> Any:
        assert command[1:] == ["-m", "clients.custodians.reader"]
        done = run([sys.executable, "-c", GREEDY], **named)
        ended.append(done.returncode)
        return done

    ended: list[int] = []
    monkeypatch.setattr(file_reading.subprocess, "run", greedy)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    parsed = file_reading.read("prices.csv", PRICES, SUNDAY)

    assert ended == [reader.TOO_MUCH]
    (fault,) = parsed.faults
    assert file_reading.NEEDS_MORE in str(fault)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 130


def test_a_reader_that_fails_otherwise_is_an_error_and_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    run = subprocess.run
    monkeypatch.setattr(
        file_reading.subprocess,
        "run",
        lambda _, **named: run([sys.executable, "-c", "raise ValueError('a slip of ours')"], **named),
    )

    with pytest.raises(RuntimeError, match="a slip of ours"):
        file_reading.read("prices.csv", PRICES, SUNDAY)
