"""What each order of a block gets, drawn as tables, and that no share or cent is made or lost (SAFETY P1, P2)."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rebalancing.fills import dividing
from tests.spec import drawn

CASES = """
    case                     | statement       | filled | amount   | cost | minimum | shares         | amounts                 | costs          | excess      | deviates
    all of it                | A 500 B 300     | 800    | 80000    | 0    | 0       | A 500 B 300    | A 50000 B 30000         | A 0 B 0        | 0 0         | no
    a part                   | A 500 B 300 C 200 | 333  | 16681.60 | 1.00 | 0       | A 166 B 100 C 67 | A 8315.75 B 5009.49 C 3356.36 | A 0.50 B 0.30 C 0.20 | 0 0 | no
    nothing                  | A 500 B 300     | 0      | 0        | 0    | 0       | A 0 B 0        | A 0 B 0                 | A 0 B 0        | 0 0         | no
    fractions                | A 1.5 B 0.5     | 1      | 100      | 0    | 0       | A 0.8 B 0.2    | A 80 B 20               | A 0 B 0        | 0 0         | no
    too small to keep        | A 900 B 100     | 10     | 500      | 0    | 5       | A 10 B 0       | A 500 B 0               | A 0 B 0        | 0 0         | yes
    more than ordered        | A 60 B 40       | 110    | 1100     | 1.10 | 0       | A 60 B 40      | A 600 B 400             | A 0.60 B 0.40  | 10 100      | no
"""  # fmt: skip


def figures(text: str) -> dict[str, D]:
    words = text.split()
    return dict(zip(words[::2], map(D, words[1::2]), strict=True))


@pytest.mark.parametrize("case", drawn.rows(CASES), ids=lambda case: case["case"])
def test_a_block_is_divided_by_its_statement(case: dict[str, str]) -> None:
    divided = dividing.divide(
        figures(case["statement"]),
        D(case["filled"]),
        D(case["amount"]),
        cost=D(case["cost"]),
        minimum=D(case["minimum"]),
    )
    assert {name: part.shares for name, part in divided.parts.items()} == figures(case["shares"])
    assert {name: part.amount for name, part in divided.parts.items()} == figures(case["amounts"])
    assert {name: part.cost for name, part in divided.parts.items()} == figures(case["costs"])
    assert [divided.excess.shares, divided.excess.amount] == list(map(D, case["excess"].split()))
    assert divided.deviates is (case["deviates"] == "yes")


SHARES = st.integers(0, 100_000).map(lambda thousandths: D(thousandths) / 1000)
CENTS = st.integers(0, 10**9).map(lambda cents: D(cents) / 100)


@given(
    statement=st.dictionaries(
        st.text("ABCDEF", min_size=1, max_size=3), SHARES.filter(bool), min_size=1, max_size=8
    ),
    filled=SHARES,
    amount=CENTS,
    cost=CENTS,
    minimum=st.sampled_from([D(0), D(1), D(10)]),
)
def test_no_share_and_no_cent_is_made_or_lost(
    statement: dict[str, D], filled: D, amount: D, cost: D, minimum: D
) -> None:
    if not filled:
        amount = cost = D(0)
    divided = dividing.divide(statement, filled, amount, cost=cost, minimum=minimum)
    everybody = [*divided.parts.values(), divided.excess]
    assert sum(part.shares for part in everybody) == filled
    assert sum(part.amount for part in everybody) == amount
    assert sum(part.cost for part in everybody) == cost
    assert all(D(0) <= part.shares <= statement[name] for name, part in divided.parts.items())
    assert all(part.amount >= 0 and part.cost >= 0 for part in everybody)
