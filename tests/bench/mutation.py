"""``./evenkeel bench mutation [module ...]``: does a test notice when one step of the engine's arithmetic is wrong?

mutmut changes one thing at a time – a sign, a comparison, a number, an argument, a word – in the functions of the
arithmetic modules and runs the tests that reach it. Changes that no test notices have survived. Everything happens in
a temporary copy that holds the engine, the rule book and the tests without a database; nothing is written here.

    ./evenkeel bench mutation                          all modules, about half an hour on two cores
    ./evenkeel bench mutation tax/basis tax/wash_sales      some modules
    ./evenkeel bench mutation tax/basis --show             and print every survivor as a diff
    ./evenkeel bench mutation tax/basis --at /tmp/mutation keep the copy; what did not change is not run again

Nothing is left out of the modules named here: also the words of refusals are changed. Code outside functions
(constants, fields, enumerations) and decorated functions (properties) are beyond what mutmut can change.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[2]

MODULES = (
    "market/allocations", "portfolio/attribution", "portfolio/bands", "tax/basis",
    "market/calendars", "market/cash_account_violations", "portfolio/cash_flows",
    "portfolio/cash_needs", "portfolio/destinations",
    "portfolio/required_distributions", "portfolio/drift", "tax/flat_rates", "tax/fund_rules",
    "tax/holding_periods", "portfolio/asset_location", "tax/deferral",
    "tax/lot_selection", "money", "market/order_slicing", "portfolio/performance",
    "portfolio/rebalancing_premium", "market/records_retention", "market/settlement",
    "tax/thresholds", "tax/tables", "tax/federal_tax", "tax/wash_sales",
    "portfolio/objective_prices",
)  # fmt: skip

TESTS = (
    "tests/spec",
    "tests/engine/tax/test_basis.py",
    "tests/engine/tax/test_lot_selection.py",
    "tests/engine/tax/test_federal_tax.py",
    "tests/engine/tax/test_wash_sales.py",
)

COPIED = (
    "rebalancing/__init__.py", "rebalancing/engine", "compliance/__init__.py", "compliance/rules",
    "tests/__init__.py", "tests/examples.py", "tests/compliance/__init__.py", "tests/compliance/rules", "tests/data", "tests/spec", "tests/engine",
)  # fmt: skip

EXAMPLES = 25
"""Drawn examples a property is tried on for each change; the tables do most of the work."""

SETTINGS = """\
[tool.pytest.ini_options]
addopts = "--strict-markers --import-mode=importlib"
markers = ["slow: takes minutes", "thorough: takes many seconds"]

[tool.mutmut]
source_paths = ["rebalancing/engine"]
only_mutate = {only_mutate}
also_copy = ["rebalancing/__init__.py", "compliance"]
pytest_add_cli_args_test_selection = {tests}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
track_dependencies = false
use_git_change_detection = false
on_dependency_change = "ignore"
"""

CONFTEST = '''\
"""The same examples for every change, tables before properties, and no search for the smallest failing example."""

from hypothesis import Phase, settings

settings.register_profile("mutation", derandomize=True, database=None, phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutation")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: hasattr(item.obj, "hypothesis"))
'''

# Neither its script, whose first line breaks in a path with a space, nor -m, under which it imports itself twice.
MUTMUT = (sys.executable, "-c", "from mutmut.__main__ import cli; cli()")

NOTICED = {1, 3, 24, 36, 37, 152, 255, -24, -11, -9}
"""Ends of a test run that tell of the change: a failure, an endless loop, a crash."""


@dataclass(frozen=True, slots=True)
class Score:
    """How many changes of one module were made, and by name those that no test noticed."""

    module: str
    made: int
    survivors: tuple[str, ...]

    @property
    def noticed(self) -> int:
        return self.made - len(self.survivors)

    @property
    def percent(self) -> float:
        return 100 * self.noticed / self.made


def measure(modules: Sequence[str], *, at: Path, workers: int) -> tuple[Score, ...]:
    """Copy the tree to ``at``, run mutmut there and read what it found, one score a module.

    Raises ``RuntimeError`` with the end of mutmut's output when it did not come to its end.
    """
    copy(at, modules)
    # What this process was asked to test must not reach the runs it starts.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("EVENKEEL_", "PYTEST_", "DJANGO_"))
    } | {"EVENKEEL_EXAMPLES": str(EXAMPLES), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
    run = subprocess.run(
        [*MUTMUT, "run", "--max-children", str(workers)],
        cwd=at, env=environment, text=True, capture_output=True, check=False,
    )  # fmt: skip
    scores = tuple(score(module, at) for module in modules)
    if run.returncode or not all(each.made for each in scores):
        said = [line for line in (run.stdout + run.stderr).splitlines() if "🎉" not in line]
        raise RuntimeError("\n".join([f"mutmut stopped in {at}:", *said[-60:]]))
    return scores


def copy(at: Path, modules: Sequence[str]) -> None:
    """Bring the copy up to date; in one that was kept, what was noticed stands and survivors are tried again."""
    for stale in (at / "tests", at / "mutants" / "tests"):
        shutil.rmtree(stale, ignore_errors=True)
    (at / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for name in COPIED:
        source, target = PROJECT / name, at / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    for module in modules:
        forget_survivors(record(module, at))
    only = json.dumps([f"rebalancing/engine/{module}.py" for module in modules])
    (at / "pyproject.toml").write_text(SETTINGS.format(only_mutate=only, tests=json.dumps(TESTS)), "utf-8")
    (at / "tests" / "conftest.py").write_text(CONFTEST, "utf-8")


def forget_survivors(file: Path) -> None:
    # The changed module itself is written anew; by its time alone mutmut would take an unchanged copy for done.
    file.with_suffix("").unlink(missing_ok=True)
    if file.exists():
        found = json.loads(file.read_text("utf-8"))
        ends = found["exit_code_by_key"]
        found["exit_code_by_key"] = {name: end if end in NOTICED else None for name, end in ends.items()}
        file.write_text(json.dumps(found), "utf-8")


def record(module: str, at: Path) -> Path:
    """Where mutmut writes down how the tests of each change ended."""
    return at / "mutants" / "rebalancing" / "engine" / f"{module}.py.meta"


def score(module: str, at: Path) -> Score:
    """What became of the changes of one module."""
    file = record(module, at)
    ends = json.loads(file.read_text("utf-8"))["exit_code_by_key"] if file.exists() else {}
    return Score(module, len(ends), tuple(name for name, end in ends.items() if end not in NOTICED))


def total(scores: Sequence[Score]) -> Score:
    """All modules as one."""
    return Score(
        "in total",
        sum(each.made for each in scores),
        tuple(name for each in scores for name in each.survivors),
    )


def table(scores: Sequence[Score]) -> str:
    lines = [
        f"{each.module:<20} {each.noticed:>5} of {each.made:>5}  {each.percent:5.1f}%"
        for each in (*scores, total(scores))
    ]
    return "\n".join(lines)


def diff(name: str, at: Path) -> str:
    """A survivor as a diff."""
    return subprocess.run([*MUTMUT, "show", name], cwd=at, text=True, capture_output=True, check=False).stdout


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="evenkeel bench mutation")
    parser.add_argument("modules", nargs="*", metavar="module", help=f"some of: {', '.join(MODULES)}")
    parser.add_argument("--show", action="store_true", help="print every survivor as a diff")
    parser.add_argument("--at", type=Path, help="a folder to work in and to keep; else a temporary one")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args(arguments)
    if unknown := set(asked.modules) - set(MODULES):
        parser.error(
            f"no arithmetic module is called {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}"
        )
    at = asked.at or Path(tempfile.mkdtemp(prefix="evenkeel-mutation-"))
    start = time.monotonic()
    try:
        scores = measure(asked.modules or MODULES, at=at.resolve(), workers=asked.workers)
        if asked.show:
            for name in total(scores).survivors:
                print(diff(name, at))
    finally:
        if asked.at is None:
            shutil.rmtree(at)
    print(table(scores))
    print(f"{time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
