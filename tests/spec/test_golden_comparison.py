"""The comparison itself: it must notice every kind of difference, and anything left out of the book."""

from __future__ import annotations

import json
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest

from tests.spec import golden


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"tax": D("10.00")}, {"tax": D("10.02")}),
        ({"tax": 10}, {}),
        ({"tax": 10}, {"tax": None}),
        ({"tax": 10}, {"tax": "10"}),
        ({"tax": None}, {"tax": 0}),
        ({"term": "long"}, {"term": "short"}),
        ({"effective_rate": D("0.29")}, {"effective_rate": D("0.2902")}),
        ({"lots": ["A", "B"]}, {"lots": ["B", "A"]}),
        ({"lots": ["A"]}, {"lots": []}),
        ({"lots": {"A": {"shares": 1}}}, {"lots": {"A": {"shares": 2}}}),
        ({"illiquid": True}, {"illiquid": False}),
        ({"illiquid": True}, {"illiquid": 1}),
        ({"lots": {}}, {"lots": 0}),
        ({"lots": {}}, {"lots": {"A": {"shares": 2}}}),
    ],
)
def test_a_difference_is_noticed(expected: Any, actual: Any) -> None:
    assert golden.differences(expected, actual, D("0.01")) != []


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"tax": D("10.00")}, {"tax": D("10.01"), "more": 1}),
        ({"utilization": D("0.8667")}, {"utilization": D(13) / 15}),
        ({"term": "long", "none": None, "yes": True}, {"term": "long", "none": None, "yes": True}),
        ({"lots": [{"id": "A"}]}, {"lots": ({"id": "A"},)}),
    ],
)
def test_what_agrees_agrees(expected: Any, actual: Any) -> None:
    assert golden.differences(expected, actual, D("0.01")) == []


def write(folder: Path, **example: Any) -> Path:
    file = folder / "examples.json"
    entry = {"id": "x-1", "inputs": {}, "expected": {}, **example}
    file.write_text(json.dumps({"examples": [entry]}), encoding="utf-8")
    return file


def test_an_area_that_nobody_named_fails(tmp_path: Path) -> None:
    (example,) = golden.examples(write(tmp_path, area="astrology"))

    run = golden.run(example)

    assert run.state == "FAIL"
    assert list(run.faults) == ["no adapter for astrology, and it is not in PENDING (tests/spec/golden.py)"]


def test_a_rule_that_nobody_named_fails(tmp_path: Path) -> None:
    (example,) = golden.examples(write(tmp_path, area="compliance_rules", inputs={"rule": "PTC-99"}))

    assert golden.run(example).state == "FAIL"


def test_another_file_is_read_when_the_environment_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = {"acquired_trade_date": "2025-01-15", "sold_trade_date": "2026-01-15"}
    file = write(tmp_path, area="holding_period", inputs=inputs, expected={"term": "long"}, tolerance=1)
    monkeypatch.setenv("EVENKEEL_GOLDEN", str(file))

    (example,) = golden.examples()

    assert golden.run(example).faults == ('term: expected "long", got "short"',)
    assert golden.main([str(file)]) == 1
    assert example.tolerance == 1


def test_british_field_names_are_read_as_american(tmp_path: Path) -> None:
    inputs = {"realised_gain": 1, "lots": [{"annualised": 2}], "note": "realised"}

    (example,) = golden.examples(write(tmp_path, area="basis", inputs=inputs, expected={"utilisation": 3}))

    assert example.inputs == {"realized_gain": 1, "lots": [{"annualized": 2}], "note": "realised"}
    assert example.expected == {"utilization": 3}
