"""Every worked example of the golden file, through the product's functions (see `golden.py`)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.spec import golden

EXAMPLES = golden.examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.id for example in EXAMPLES])
def test_the_product_agrees_with_the_worked_example(
    example: golden.Example, record_property: Callable[[str, object], None]
) -> None:
    run = golden.run(example)
    record_property("golden", (example.id, sorted(run.calls), run.faults))
    if run.state == "pending":
        pytest.skip(f"pending: {example.key} is named in tests/spec/golden.py as still without code")
    assert list(run.faults) == []


def test_nothing_is_both_pending_and_done() -> None:
    assert golden.PENDING & golden.ADAPTERS.keys() == set()


def test_ids_are_unique() -> None:
    ids = [example.id for example in EXAMPLES]
    assert len(ids) == len(set(ids))
