"""Which worked examples run through the code that the product runs, and what the others wait for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from functools import cache

import pytest

from rebalancing.engine.portfolio import bands
from tests.architecture import reachability
from tests.architecture.waiting import WAITING
from tests.spec import golden, liveness


@cache
def runs() -> tuple[golden.Run, ...]:
    """The product's own copy, whatever other file the environment names."""
    return tuple(golden.run(example) for example in golden.examples(golden.OWN_FILE))


def calls_by_key() -> dict[str, set[str]]:
    """For each area (or rule) the functions that its examples call and no door of the product reaches."""
    found: dict[str, set[str]] = {}
    for run in runs():
        if run.state != "pending":
            found.setdefault(run.example.key, set()).update(liveness.unreached(set(run.calls)))
    return found


def test_an_area_that_is_said_to_be_live_calls_nothing_that_only_tests_reach() -> None:
    calls = {key: sorted(names) for key, names in calls_by_key().items() if key not in golden.LIBRARY}

    assert {key: names for key, names in calls.items() if names} == {}, (
        "Send these examples through the product's own code, or name the area in LIBRARY (tests/spec/golden.py)."
    )


def test_an_area_that_is_said_to_wait_still_does() -> None:
    waiting = {key for key, names in calls_by_key().items() if names}

    assert golden.LIBRARY.keys() - waiting == set(), "Everything there is live: take it off LIBRARY."


def test_what_a_library_example_calls_waits_for_a_planned_issue() -> None:
    homeless = {
        run.example.id: sorted(liveness.unreached(set(run.calls)))
        for run in runs()
        if run.kind == "library" and liveness.issue(set(run.calls)) not in WAITING
    }

    assert homeless == {}


def test_the_totals_count_every_example() -> None:
    first = runs()[0]
    pending = golden.run(replace(first.example, area="astrology"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(golden, "PENDING", frozenset({"astrology"}))
        assert golden.totals([first, first, pending]) == "3 examples: 2 pass, 1 pending; 2 live"


def test_watching_sees_functions_methods_and_values_by_their_own_names() -> None:
    with liveness.watching() as calls:
        band = bands.Band(D("0.6"), D("0.55"), D("0.65"))
        for value in ("0.5", "0.6"):
            band.reach(D(value))

    room = "rebalancing.engine.portfolio.bands"
    assert calls == {f"{room}.Band", f"{room}.Band.reach", f"{room}.Band.side_breached", f"{room}.side_left"}
    assert calls <= reachability.of_the_product().definitions.keys()


def test_an_example_that_calls_nothing_of_ours_shows_nothing() -> None:
    example = replace(runs()[0].example, area="idle", inputs={}, expected={"answer": 1})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(golden, "ADAPTERS", {"idle": lambda inputs: {"answer": 1}})
        run = golden.run(example)

    assert run.state == "FAIL"
    assert run.faults == ("calls no function of ours, so nothing of ours was shown to be right",)
