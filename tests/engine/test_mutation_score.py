"""Would a test notice one wrong step in the arithmetic? Every step is made wrong once (tests/bench/mutation.py); slow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench import mutation

LEAST_PERCENT = 85


@pytest.mark.slow
def test_the_tests_notice_a_wrong_step_in_the_arithmetic(tmp_path: Path) -> None:
    scores = mutation.measure(mutation.MODULES, at=tmp_path, workers=1)

    print(mutation.table(scores))
    assert mutation.total(scores).percent >= LEAST_PERCENT, mutation.table(scores)


def test_what_is_measured_is_there() -> None:
    engine = mutation.PROJECT / "rebalancing" / "engine"
    here = {str(file.relative_to(engine).with_suffix("")) for file in engine.rglob("*.py")}

    assert set(mutation.MODULES) - here == set()
    assert [
        name for name in (*mutation.COPIED, *mutation.TESTS) if not (mutation.PROJECT / name).exists()
    ] == []
