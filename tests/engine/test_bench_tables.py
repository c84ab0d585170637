"""The tables of all goals: each goal finds its figure, is met or missed by it, and says so where nothing was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.bench import tables

FLAGGED = next(goal for goal in tables.GOALS if goal.name.startswith("flagged household"))
A_SECOND = next(goal for goal in tables.GOALS if goal.at_least)
NONE_ALLOWED = replace(FLAGGED, limit=0)


@pytest.mark.parametrize(
    ("goal", "figures", "measured", "share", "is_met"),
    [
        (FLAGGED, {"flagged": {"ms": 40.0}}, 40.0, 1.0, True),
        (FLAGGED, {"flagged": {"ms": 96.0}}, 96.0, 2.4, False),
        (FLAGGED, {"flagged": {"ms": None}}, None, None, None),
        (FLAGGED, None, None, None, None),
        (NONE_ALLOWED, {"flagged": {"ms": 0}}, 0.0, None, True),
        (NONE_ALLOWED, {"flagged": {"ms": 1}}, 1.0, None, False),
        (A_SECOND, {"firms": [{}, {"workers": {"2": {"proposals_a_second": 40.0}}}]}, 40.0, 1.0, True),
        (A_SECOND, {"firms": [{"workers": {"2": {"proposals_a_second": 20.0}}}]}, 20.0, 2.0, False),
        (A_SECOND, {"firms": [{"workers": {"2": {"proposals_a_second": 0}}}]}, 0.0, None, False),
    ],
)
def test_a_goal_is_met_missed_or_not_measured(monkeypatch, goal, figures, measured, share, is_met):
    monkeypatch.setattr(tables, "GOALS", (goal,))

    (line,) = tables.lines({goal.bench: figures})

    assert (line.measured, line.share, line.is_met) == (measured, share, is_met)


def test_what_grows_is_told_by_its_worst():
    claims = {"1000": {"fresh": 10.0, "late": 10.0}, "100000": {"fresh": 11.0, "late": 14.0}}
    pages = [
        {"kind": "list", "name": "households", "cpu_p95": 90.0, "queries": 12},
        {"kind": "list", "name": "drift", "cpu_p95": 140.0, "queries": 10},
        {"kind": "page", "name": "proposal", "cpu_p95": 99.0, "queries": 26},
    ]
    found = {line.name: line for line in tables.lines({"scan": None, "pages": {"pages": pages}})}

    assert tables._flat({"claims": claims}) == 1.4
    assert found["lists, slowest p95 at 1,000 households, CPU ms"].measured == 140.0
    assert found["household and proposal page, most queries"].is_met is False
    assert found["lists, slowest p95 at 20,000 households, CPU ms"].is_met is None


def test_the_report_counts_what_was_met_missed_and_not_measured():
    text = tables.report(
        tables.lines({"proposal": {"flagged": {"ms": 96}, "not flagged": {"ms": 8}, "opened": {"ms": None}}}),
        load=0.5,
    )

    assert "MISSED" in text
    assert f"1 goals met, 1 missed, {len(tables.GOALS) - 2} not measured" in text


def test_every_bench_that_a_goal_names_is_run():
    assert {goal.bench for goal in tables.GOALS} == set(tables.commands(small=False))
