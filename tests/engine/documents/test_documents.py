"""The two documents: what goes in comes out, and what is wrong is named, all of it at once."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.engine.documents import parsing, serializing, validation
from rebalancing.engine.documents.parsing import BadDocument
from tests.engine import families
from tests.examples import many

FORMATS = Path(__file__).parents[3] / "docs" / "formats"


@pytest.fixture(scope="module")
def household():
    return families.household("constrained", "small", 1)


@pytest.mark.parametrize("family", families.FAMILIES)
def test_a_household_survives_the_way_out_and_back(family):
    made = families.household(family, "small", 7)

    again = parsing.read_household(serializing.text(made))

    assert serializing.canonical(again) == serializing.canonical(made)


def test_the_order_of_rows_changes_no_byte(household):
    shuffled = replace(
        household,
        lots=household.lots[::-1],
        accounts=household.accounts[::-1],
        securities=household.securities[::-1],
        policy=replace(household.policy, classes=household.policy.classes[::-1]),
    )

    assert serializing.digest(shuffled) == serializing.digest(household)


def put(document: Any, pointer: str, value: Any) -> None:
    *path, last = pointer.strip("/").split("/")
    at = document
    for step in path:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if isinstance(at, list):
        at[int(last)] = value
    elif value is ...:
        del at[last]
    else:
        at[last] = value


FAULTS = """
    change                                   | told at
    /securities/0/price = "0"                | /securities/0/price
    /securities/0/price = (gone)             | /securities/0/price
    /securities/0/price = 12.5               | /securities/0/price
    /securities/0/price = "NaN"              | /securities/0/price
    /securities/0/price = "１２"              | /securities/0/price
    /securities/0/price = "1_000"            | /securities/0/price
    /securities/0/price = "1e400"            | /securities/0/price
    /securities/0/price_on = "2026-12-01"    | /securities/0/price_on
    /securities/0/weights/0/weight = "0.9"   | /securities/0/weights
    /securities/0/status = "sold"            | /securities/0/status
    /lots/0/quantity = "-3"                  | /lots/0/quantity
    /lots/0/quantity = "0"                   | /lots/0/quantity
    /lots/0/quantity = "1000000000000"       | /lots/0/quantity
    /lots/0/security = "nowhere"             | /lots/0/security
    /lots/0/account = "nowhere"              | /lots/0/account
    /lots/0/acquired = "2027-01-04"          | /lots/0/acquired
    /lots/0/acquired = "2026-02-30"          | /lots/0/acquired
    /lots/0/basis = "-1"                     | /lots/0/basis
    /lots/0/basis = (gone)                   | /lots/0/basis
    /lots/0/color = "red"                   | /lots/0/color
    /accounts/0/tax_unit = null              | /accounts/0/tax_unit
    /accounts/0/tax_unit = "nobody"          | /accounts/0/tax_unit
    /policy/classes/0/target = "0.9"         | /policy/classes
    /policy/cash_class = "GOLD"              | /policy/cash_class
    /policy/sleeves/0/members/0/rank = 0     | /policy/sleeves/0/members/0/rank
    /trade_on = "2026-11-21"                 | /trade_on
    /trade_on = "2026-11-02"                 | /trade_on
    /objective/mode = "least_tax"            | /objective/drift_max
    /tax_units/0/flat = {}                   | /tax_units/0/flat/short
    /format = "household/9"                  | /format
"""


def fault_rows():
    for line in FAULTS.strip().splitlines()[1:]:
        change, told_at = (part.strip() for part in line.split("|"))
        pointer, value = change.split(" = ")
        yield pytest.param(pointer, ... if value == "(gone)" else json.loads(value), told_at, id=change)


@pytest.mark.parametrize(("pointer", "value", "told_at"), list(fault_rows()))
def test_a_fault_is_told_where_it_stands(household, pointer, value, told_at):
    document = serializing.document(household)
    put(document, pointer, value)

    with pytest.raises(BadDocument) as refused:
        parsing.read_household(json.dumps(document))

    assert told_at in {fault.pointer for fault in refused.value.faults}


def test_all_faults_are_told_at_once(household):
    document = serializing.document(household)
    document["lots"].append(dict(document["lots"][0]))
    put(document, "/lots/1/quantity", "-2")
    put(document, "/lots/2/security", "nowhere")
    put(document, "/policy/classes/0/target", "0.01")

    with pytest.raises(BadDocument) as refused:
        parsing.read_household(json.dumps(document))

    assert [fault.pointer for fault in refused.value.faults] == [
        f"/lots/{len(household.lots)}/id",
        "/lots/1/quantity",
        "/lots/2/security",
        "/policy/classes",
        "/policy/classes/0",
    ]


def test_what_cannot_be_read_hides_nothing_of_what_makes_no_sense(household):
    document = serializing.document(household)
    put(document, "/securities/0/price", None)
    put(document, "/securities/0/half_spread", "0.9")
    put(document, "/lots/1/quantity", "-2")
    put(document, "/lots/2/quantity", "NaN")
    put(document, "/lots/3/security", "nowhere")
    put(document, "/lots/4/acquired", "2031-01-02")
    put(document, "/color", "red")

    with pytest.raises(BadDocument) as refused:
        parsing.read_household(json.dumps(document))

    assert [fault.pointer for fault in refused.value.faults] == [
        "/color",
        "/securities/0/price",
        "/lots/2/quantity",
        "/lots/4/acquired",
        "/securities/0/half_spread",
        "/lots/1/quantity",
        "/lots/3/security",
    ]


def pointers_in(value: Any, at: str = "") -> list[str]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for step, part in inside for found in (f"{at}/{step}", *pointers_in(part, f"{at}/{step}"))]


def test_one_unreadable_value_accuses_nothing_else(household):
    document = serializing.document(household)
    for pointer in pointers_in(document):
        if pointer == "/format":
            continue
        spoiled = json.loads(json.dumps(document))
        put(spoiled, pointer, 7.5)

        with pytest.raises(BadDocument) as refused:
            parsing.read_household(json.dumps(spoiled))

        assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_number_without_value_built_in_code_is_a_fault_not_a_crash(household):
    lots = (replace(household.lots[0], quantity=Decimal("NaN")), *household.lots[1:])

    (fault,) = validation.faults_in(replace(household, lots=lots))

    assert fault == validation.Fault("/lots/0/quantity", "is no finite number: NaN")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        b"\xff\xfe",
        '{"format": "household/1"}',
        '{"format":"household/1","id":NaN}',
        "[" * 9999,
    ],
)
def test_no_text_gets_further_than_a_list_of_faults(text):
    with pytest.raises(BadDocument) as refused:
        parsing.read_household(text)

    assert refused.value.faults


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@cache
def a_document() -> str:
    return json.dumps(serializing.document(families.household("constrained", "small", 1)))


@many
@given(data=st.data())
def test_any_value_anywhere_is_read_or_refused_without_a_crash(data):
    document = json.loads(a_document())
    at: Any = document
    pointer = ""
    while isinstance(at, (dict, list)) and at and (pointer == "" or data.draw(st.booleans())):
        step = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        pointer, at = f"{pointer}/{step}", at[step]
    put(document, pointer, data.draw(JSON))

    try:
        told = [parsing.read_household(json.dumps(document)).id]
    except BadDocument as refused:
        told = [str(fault) for fault in refused.faults]
    assert told
