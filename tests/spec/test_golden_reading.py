"""What an adapter must have read: every field given, and nothing that is not there."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.spec import golden
from tests.spec.market.allowances import UNREAD, ZEROS, Allowance
from tests.spec.recording import NotGiven, Record

TAXPAYER = {
    "tax_year": 2026,
    "filing_status": "single",
    "wages": 100_000,
    "taxable_interest": 0,
    "qualified_dividends": 0,
    "short_term_gain": 0,
    "long_term_gain": 0,
    "short_term_carryover": 0,
    "long_term_carryover": 0,
}


def faults(area: str, inputs: dict[str, Any], expected: dict[str, Any]) -> list[str]:
    example = golden.Example("x-1", area, "", inputs, expected, Decimal("0.01"))
    return example.faults()


def test_a_field_that_no_adapter_reads_fails_by_its_name() -> None:
    agi = {"agi": 100_000}

    assert faults("capital_gain_tax", TAXPAYER, agi) == []
    assert faults("capital_gain_tax", {**TAXPAYER, "st_gain": 5_000}, agi) == [
        "inputs.st_gain: given, but the adapter of capital_gain_tax did not read it"
    ]


def test_a_field_deep_in_a_list_fails_by_its_path() -> None:
    lot = {"id": "A", "shares": 10, "cost": 5, "acquired": "2020-01-02", "kept_until": "2027-01-01"}
    inputs = {"lots": [lot], "method": "FIFO", "sell_shares": 10, "price": 7, "as_of": "2026-11-23"}

    assert faults("lot_selection", inputs, {"realized_long_term": 20}) == [
        "inputs.lots[].kept_until: given, but the adapter of lot_selection did not read it"
    ]


def test_an_absent_number_is_not_zero_unless_somebody_said_why() -> None:
    inputs = {name: value for name, value in TAXPAYER.items() if name != "wages"}

    assert faults("capital_gain_tax", inputs, {"agi": 0}) == [
        "inputs.wages: not given, but the adapter of capital_gain_tax took it as zero"
    ]


def test_a_field_that_the_adapter_needs_fails_by_its_name() -> None:
    inputs = {"acquired_trade_date": "2025-01-15"}

    assert faults("holding_period", inputs, {"term": "long"}) == [
        "inputs.sold_trade_date: the adapter of holding_period needs it, and it is not given"
    ]


def test_an_example_that_expects_nothing_fails() -> None:
    assert faults("capital_gain_tax", TAXPAYER, {}) == ["expects nothing, so nothing would be compared"]


def test_another_file_is_held_to_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "examples.json"
    entry = {
        "id": "x-9",
        "area": "capital_gain_tax",
        "inputs": {**TAXPAYER, "st_gain": 5_000},
        "expected": {"agi": 100_000},
    }
    file.write_text(json.dumps({"examples": [entry]}), encoding="utf-8")

    assert golden.main([str(file)]) == 1
    printed = capsys.readouterr().out
    assert "x-9" in printed
    assert "inputs.st_gain" in printed


class TestARecord:
    def test_asking_whether_a_field_is_there_reads_nothing(self) -> None:
        record = Record({"shares": 5, "lots": [{"id": "A"}]})

        assert "shares" in record
        assert list(record) == ["shares", "lots"]
        assert record.unread() == {"shares", "lots"}

    def test_going_through_a_table_reads_it(self) -> None:
        record = Record({"values": {"STOCK": 60, "BOND": 40}})

        assert sum(record["values"].values()) == 100
        assert record.unread() == set()

    def test_the_example_itself_is_read_by_name(self) -> None:
        with pytest.raises(TypeError, match="by name"):
            Record({"shares": 5}, is_whole=True).values()

    def test_only_a_zero_counts_as_one(self) -> None:
        record = Record({})

        assert record.get("is_held", False) is False
        assert record.get("places", 4) == 4
        assert record.get("cost", 0) == 0
        assert record.zeros() == {"cost"}

    def test_what_is_not_given_is_named(self) -> None:
        with pytest.raises(NotGiven, match="cost"):
            Record({})["cost"]


def used(allowances: Iterable[Allowance], attribute: str) -> set[tuple[str, str]]:
    """The allowances, path by path, that an example of the product's own copy needs."""
    found = set()
    for example in golden.examples(golden.OWN_FILE):
        if example.is_pending or example.adapter is None:
            continue
        inputs = example.record()
        example.adapter(inputs)
        found |= {(example.key, path) for path in getattr(inputs, attribute)()}
    return found & {(each.key, path) for each in allowances for path in each.paths}


@pytest.mark.parametrize(("allowances", "attribute"), [(UNREAD, "unread"), (ZEROS, "zeros")])
def test_every_allowance_is_needed_and_has_its_reason(
    allowances: tuple[Allowance, ...], attribute: str
) -> None:
    listed = {(each.key, path) for each in allowances for path in each.paths}

    assert used(allowances, attribute) == listed
    assert all(each.reason.endswith(".") for each in allowances)
