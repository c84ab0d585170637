"""No file makes a parser raise, and a refused file leaves nothing behind but a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clients.custodians import registry
from clients.custodians.layouts import Layout
from clients.custodians.reading import Upload
from clients.custodians.rows import ParsedFile
from tests.clients.custodians import hostile
from tests.clients.custodians.reading import RECEIVED_ON, SAMPLES, found_in

ROOT = Path(__file__).resolve().parents[3]


def test_the_corpus_is_large_enough() -> None:
    assert len(hostile.SMALL) + len(hostile.HUGE) >= 120


@pytest.mark.parametrize("case", hostile.SMALL, ids=lambda case: case[0])
def test_a_hostile_file_is_refused_with_its_place_and_its_rule(case: hostile.Case) -> None:
    name, data, line, column, rule = case
    found = found_in(name, data, received_on=RECEIVED_ON)
    if isinstance(found, registry.NotRecognized):
        assert line == 0 or not column, found
        assert rule in f"{found.sentence} {found.reasons}", found
        assert found.how_to_fix
        return
    assert found.refused
    assert found.row_count == 0
    assert all(fault.rule and fault.how_to_fix for fault in found.faults)
    fitting = [
        fault
        for fault in found.faults
        if line in {0, fault.line} and column in {"", fault.column} and rule in fault.rule
    ]
    assert fitting, [str(fault) for fault in found.faults]


@pytest.mark.parametrize("layout", registry.LAYOUTS, ids=lambda layout: layout.slug)
def test_no_parser_raises_for_a_file_of_another_kind(layout: Layout) -> None:
    files = [(name, data) for name, data, *_ in hostile.SMALL]
    files += [(path.name, path.read_bytes()) for path in sorted(SAMPLES.rglob("*.*"))]
    for name, data in files:
        found = layout.parse(Upload(name, data, RECEIVED_ON))
        assert found.faults or found.row_count or found.covers, name
        assert not (found.faults and not found.accounts_refused and found.row_count), name


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.*")), ids=lambda path: path.name)
def test_a_sample_cut_off_anywhere_never_raises(path: Path) -> None:
    data = path.read_bytes()
    for length in range(0, len(data), max(1, len(data) // 60)):
        found_in(path.name, data[:length], received_on=RECEIVED_ON)


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.*")), ids=lambda path: path.name)
def test_a_sample_with_a_wrong_byte_never_raises(path: Path) -> None:
    data = path.read_bytes()
    for position in range(0, len(data), max(1, len(data) // 40)):
        for wrong in (b"\x00", b'"', b"\xff", b"<", b"\n", b","):
            damaged = data[:position] + wrong + data[position + 1 :]
            found_in(path.name, damaged, received_on=RECEIVED_ON)


_CHILD = """
import json, resource, sys, time
from clients.custodians.rows import ParsedFile
from tests.clients.custodians import hostile
from tests.clients.custodians.reading import RECEIVED_ON, found_in

name = sys.argv[1]
data = hostile.HUGE[name]()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
before, began = peak(), time.monotonic()
found = found_in(name, data, received_on=RECEIVED_ON)
seconds, extra = time.monotonic() - began, (peak() - before) / 1024
if isinstance(found, ParsedFile):
    rules = [fault.rule for fault in found.faults]
    rows = found.row_count
else:
    rules, rows = [found.sentence, *(reason for _, reason in found.reasons)], 0
print(json.dumps({"rows": rows, "rules": rules[:3], "seconds": seconds, "megabytes": extra}))
"""


@pytest.mark.parametrize("name", hostile.HUGE)
def test_a_huge_file_costs_bounded_time_and_memory(name: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", _CHILD, name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    measured = json.loads(answer.stdout.splitlines()[-1])
    assert measured["rows"] == 0
    assert measured["rules"]
    assert measured["megabytes"] <= 256
    # Ten seconds on a quiet machine; the build's machines are shared.
    assert measured["seconds"] <= 20


def test_an_archive_is_judged_by_what_all_its_members_unpack_to() -> None:
    found = found_in("two.zip", hostile.HUGE["two-large-members.zip"]())
    assert isinstance(found, ParsedFile)
    assert [fault.rule for fault in found.faults] == ["The archive unpacks to more than 32 MB."]


def test_faults_are_capped_and_the_rest_is_counted() -> None:
    found = found_in("prices.csv", b"symbol,on,price\n" + b"A,B,C\n" * 1000, received_on=RECEIVED_ON)
    assert isinstance(found, ParsedFile)
    assert len(found.faults) == 200
    assert found.faults_left_off == 1800


def test_reading_stops_where_a_file_is_wrong_all_over() -> None:
    found = found_in("prices.csv", b"symbol,on,price\n" + b"A,B,C\n" * 9000, received_on=RECEIVED_ON)
    assert isinstance(found, ParsedFile)
    assert (found.refused, len(found.faults)) == (True, 201)
    assert found.faults[-1].rule == "The file has more than 5,000 faults; reading stopped here."
    assert found.faults[-1].line == 2501
