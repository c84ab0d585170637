from __future__ import annotations

from compliance.models import State
from compliance.review_desk.states import NEXT


def test_every_state_has_its_line_in_the_table() -> None:
    assert set(NEXT) == set(State)
