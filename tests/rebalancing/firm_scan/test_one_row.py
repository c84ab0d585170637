"""Tables read in one row: no column shifts against another."""

from __future__ import annotations

import pytest

from rebalancing.firm_scan import one_row

pytestmark = pytest.mark.django_db

THREE = "(VALUES (1, 2.5, 'a'), (2, NULL, 'b'), (3, 0.5, NULL)) AS three (key, amount, name)"


def test_columns_come_as_they_stand() -> None:
    found = one_row.read(
        THREE,
        {
            "key": ("key", "int4"),
            "amount": ("coalesce(amount, 'NaN')", "float8"),
            "name": ("coalesce(name, '')", one_row.TEXT),
        },
        {},
    )

    assert found["key"].tolist() == [1, 2, 3]
    assert found["amount"].tolist()[::2] == [2.5, 0.5]
    assert found["name"].tolist() == ["a", "b", ""]


def test_nothing_is_read_of_an_empty_table() -> None:
    found = one_row.read(
        f"{THREE} WHERE key > 3", {"key": ("key", "int4"), "name": ("name", one_row.TEXT)}, {}
    )

    assert {name: len(column) for name, column in found.items()} == {"key": 0, "name": 0}


@pytest.mark.parametrize("of", [("amount", "float8"), ("name", one_row.TEXT)])
def test_a_column_with_nulls_is_refused(of: tuple[str, str]) -> None:
    with pytest.raises(one_row.ColumnsDiffer):
        one_row.read(THREE, {"key": ("key", "int4"), "given": of}, {})
