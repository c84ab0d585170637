"""A model as a YAML document: what is written is read back the same, and what is wrong is named with its line."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from clients.policies import model_files, model_portfolios, model_trees
from clients.policies.model_trees import ClassSpec, MemberSpec, SleeveSpec
from compliance.refusals import BadInput
from tests.clock import SUNDAY_NOON
from tests.factories.bundles import bundle
from tests.factories.households import SET_UP, a_published_model, loaded

GROWTH = """\
model: growth
name: Growth 90/10
note: More stocks.
effective_on: 2026-12-15
classes:
  - class: us_stock
    weight: 90%
    sleeves:
      - name: total
        share: 75%
        members:
          - {symbol: ZUS}
          - {symbol: ZUB, use: alternate, place: taxable}
          - {symbol: ZBD, use: legacy, rank: 9}
      - name: on
        share: 2500
        members: [{symbol: ON, place: sheltered}]
  - class: us_bond
    weight: 10%
    from: 60-40/1
"""


def test_a_document_is_read_as_a_tree() -> None:
    told = model_files.read(GROWTH)

    assert (told.code, told.name, told.note, str(told.effective_on)) == (
        "growth",
        "Growth 90/10",
        "More stocks.",
        "2026-12-15",
    )
    assert told.classes == (
        ClassSpec(
            "us_stock",
            D("0.9"),
            (
                SleeveSpec(
                    "total",
                    (
                        MemberSpec("ZUS"),
                        MemberSpec("ZUB", use="alternate", place="taxable", rank=2),
                        MemberSpec("ZBD", use="legacy", rank=9),
                    ),
                    D("0.75"),
                ),
                # No YAML reader's idea of a truth value makes of the symbol ON anything else.
                SleeveSpec("on", (MemberSpec("ON", place="sheltered"),), D("0.25")),
            ),
        ),
        ClassSpec("us_bond", D("0.1"), (), "60-40/1"),
    )


@pytest.mark.django_db
def test_what_is_taken_out_is_read_back_the_same(rui: Any) -> None:
    loaded(bundle())
    a_published_model(reviewer=rui)
    told = model_files.read(GROWTH.replace("[{symbol: ON, place: sheltered}]", "[{symbol: ZUB}]"))
    version = model_portfolios.draft(
        code=told.code, name=told.name, description="", classes=told.classes, note=told.note,
        effective_on=told.effective_on, by=SET_UP, at=SUNDAY_NOON,
    )  # fmt: skip

    again = model_files.read(model_files.written(version))

    assert model_trees.expanded(again.classes, of_model="growth") == tuple(
        sorted(
            model_trees.of(version),
            key=lambda one: [two.asset_class for two in again.classes].index(one.asset_class),
        )
    )
    assert (again.code, again.name, again.note, again.effective_on) == (
        told.code,
        told.name,
        told.note,
        told.effective_on,
    )


@pytest.mark.parametrize(
    ("change", "into", "refusal"),
    [
        ("model: growth\n", "", "Line 1: the field model is missing"),
        ("weight: 90%", "weight: ninety", "Line 7: 'ninety' is no weight"),
        ("weight: 90%", "weight: 190%", "Line 7: '190%' is no weight"),
        ("weight: 90%", "wieght: 90%", "Line 7: there is no field 'wieght' here. Did you mean weight?"),
        ("use: alternate", "use: second", "Line 13: 'second' is no use"),
        ("rank: 9", "rank: -1", "Line 14: '-1' is no rank"),
        ("2026-12-15", "15 December", "Line 4: '15 December' is no day"),
        ("    from: 60-40/1", "    from: 60-40/1\n    sleeves: []", "a class has either sleeves of its own or a source"),
        ("name: Growth 90/10", "name: Growth\nname: Growth", "Line 3: the field name is there twice"),
        ("classes:", "classes: 5\nrest:", "there is no field 'rest' here"),
        ("model: growth", "model: &it growth\nname: *it\nx:", "refers to other parts of itself"),
        ("model: growth", "model: [growth", "This is not YAML: line"),
        ("model: growth", "model: !!python/object/apply:os.system [x]", "a single value is expected here"),
        (GROWTH, "", "The document is empty"),
        (GROWTH, "- a\n- b\n", "Line 1: fields are expected here"),
        (GROWTH, "a" * 300_000, "larger than 256 KB"),
        (GROWTH, "[" * 5_000, "This is not YAML|nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_line(change: str, into: str, refusal: str) -> None:
    assert change in GROWTH

    with pytest.raises(BadInput) as refused:
        model_files.read(GROWTH.replace(change, into))

    import re

    assert re.search(refusal if "|" in refusal else re.escape(refusal), str(refused.value)), str(
        refused.value
    )
