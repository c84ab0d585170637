"""Every address belongs to one view: of two views at one address, the second would never be asked."""

from __future__ import annotations

import re
from collections import Counter

from tests.architecture import asking


def test_no_address_is_given_out_twice() -> None:
    shapes = Counter(re.sub(r"<\w+:\w+>", "<>", route.pattern) for route in asking.walk())

    assert sorted(shape for shape, count in shapes.items() if count > 1) == []


def test_no_door_is_hidden_behind_a_page_that_takes_any_word() -> None:
    """`households/<slug>/` answers to `households/open/` as well, so the page with the fixed word comes first."""
    routes = [route.pattern for route in asking.walk()]
    hidden = [
        (later, earlier)
        for place, later in enumerate(routes)
        for earlier in routes[:place]
        if "<" in earlier and later.count("/") == earlier.count("/") and later != earlier
        if re.fullmatch(
            re.sub(r"<(?:slug|str):\w+>", r"[-\\w]+", re.sub(r"<int:\w+>", r"\\d+", earlier)), later
        )
    ]

    assert hidden == []
