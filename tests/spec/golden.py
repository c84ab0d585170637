"""The golden file: worked examples of the domain, run through the product's own functions.

Each example has an id, an area, inputs and expected answers. An *adapter* turns the inputs of one area into
calls of our functions and gives back a dictionary of the same shape as `expected`; this module compares.

How to add an area
    1. Write `def your_area(inputs: Json) -> Json` in the adapter module of its family in `tests/spec/adapters/`
       (`taxes.py`, `lots.py`, `wash.py`, `markets.py`, `rules.py`). It must not look at what is expected.
    2. Name it in that module's `ADAPTERS` (rules: in `OWN`, by the rule's id; a rule whose examples name its facts by
       their columns needs no adapter).
    3. Delete its line from `PENDING` below. An area or rule in neither place fails, in both places too.

Every example says `live` when all it calls is code that the product runs, else `library` (`liveness.py`): an area that
is not wholly live is named in `LIBRARY` with the reason, and taken off when it is.

Numbers are read as Decimal and compared within the example's own `tolerance`, else one cent; fields that are
rates or fractions (see `is_fraction`), or are given to more than two decimals, within the digits given. Every
expected field must be answered, every given field must be read, and an absent number is zero only where `ZEROS` says
why (`recording.py`, `allowances.py`).

`EVENKEEL_GOLDEN=/path/to/other.json` runs another file of the same format; British spelling of its fields is read as
American. Outside pytest: `python -m tests.spec.golden [file]`.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.spec import liveness
from tests.spec.adapters import lots, markets, monitors, rules, taxes, waiting, wash
from tests.spec.market.allowances import UNREAD, ZEROS, allowed
from tests.spec.recording import NotGiven, Record

Json = dict[str, Any]
Adapter = Callable[[Json], Json]

OWN_FILE = Path(__file__).parent.parent / "data" / "golden-examples.json"
CENT = Decimal("0.01")

BRITISH = re.compile("(real|util|annual|recogn)is")

# Areas whose rules have their own code, one adapter a rule.
BY_RULE = ("compliance_rules", "when_not_to_rebalance")

ADAPTERS: Mapping[str, Adapter] = {
    **taxes.ADAPTERS,
    **lots.ADAPTERS,
    **wash.ADAPTERS,
    **markets.ADAPTERS,
    **monitors.ADAPTERS,
    **rules.ADAPTERS,
    **{f"compliance_rules/{rule}": adapter for rule, adapter in rules.RULES.items()},
    **{f"when_not_to_rebalance/{rule}": adapter for rule, adapter in waiting.RULES.items()},
}

# What has no code yet, by name. Delete the line when the adapter comes.
PENDING: frozenset[str] = frozenset()

# Areas with examples that call what no door of the product reaches yet (`tests/architecture/waiting.py` says for which
# planned issue it waits), and what that is.
LIBRARY: Mapping[str, str] = {
    "asset_location": "Location in the tax guidance of a policy statement; bonds compared; weights after tax.",
    "attribution": "What rebalancing was worth, against a portfolio that was never rebalanced.",
    "basis": "The cost of a share of what an IRA distributed, which no page states.",
    "drift_bands": "Band kinds other than two edges: policies state edges until their editor computes them.",
    "performance": "Returns that a client report states.",
    "rebalance_destination": "Destinations with an inner band, and the moves of classes in the policy laboratory.",
    "rebalancing_premium": "What a policy is worth before it is tried.",
}


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example; `key` names the adapter: the area, or area/rule where each rule has its own."""

    id: str
    area: str
    title: str
    inputs: Json
    expected: Json
    tolerance: Decimal

    @property
    def key(self) -> str:
        rule = self.inputs.get("rule")
        return f"{self.area}/{rule}" if self.area in BY_RULE and rule else self.area

    @property
    def is_pending(self) -> bool:
        return self.adapter is None and (self.key in PENDING or self.area in PENDING)

    @property
    def adapter(self) -> Adapter | None:
        return ADAPTERS.get(self.key) or ADAPTERS.get(self.area)

    def run(self) -> Run:
        """The example through its adapter: what went wrong, and which functions of ours it called."""
        with liveness.watching() as calls:
            faults = self.faults()
        if not faults and not calls:
            faults = ["calls no function of ours, so nothing of ours was shown to be right"]
        return Run(self, tuple(faults), frozenset(calls))

    def faults(self) -> list[str]:
        """What differs from the expected answer, one sentence each; empty when all agrees."""
        if self.adapter is None:
            return [f"no adapter for {self.key}, and it is not in PENDING (tests/spec/golden.py)"]
        if not self.expected:
            return ["expects nothing, so nothing would be compared"]
        inputs = self.record()
        try:
            actual = self.adapter(inputs)
        except NotGiven as missing:
            return [f"inputs.{missing.args[0]}: the adapter of {self.key} needs it, and it is not given"]
        return differences(self.expected, actual, self.tolerance) + reading_faults(self.key, inputs)

    def record(self) -> Record:
        """The inputs, ready to remember what is read of them; the rule's id has been read, it chose the adapter."""
        inputs = Record(self.inputs, is_whole=True)
        if self.area in BY_RULE:
            inputs.get("rule")
        return inputs


@dataclass(frozen=True, slots=True)
class Run:
    """An example that was run, or is pending."""

    example: Example
    faults: tuple[str, ...]
    calls: frozenset[str]

    @property
    def state(self) -> str:
        if self.example.is_pending:
            return "pending"
        return "FAIL" if self.faults else "pass"

    @property
    def kind(self) -> str:
        """`live` or `library`; a dash for what did not run."""
        can_tell = liveness.can_tell() and not self.example.is_pending
        return liveness.kind(set(self.calls)) if can_tell else "-"

    @property
    def line(self) -> str:
        said = "; ".join(self.faults) or self.example.title
        return f"{self.example.id:<28} {self.state:<8} {self.kind:<8} {said}"


def run(example: Example) -> Run:
    return Run(example, (), frozenset()) if example.is_pending else example.run()


def totals(runs: Sequence[Run]) -> str:
    """`152 examples: 145 pass, 7 pending; 25 library, 120 live`."""
    states = Counter(run.state for run in runs)
    kinds = Counter(run.kind for run in runs if run.kind != "-")
    said = [", ".join(f"{count} {name}" for name, count in sorted(each.items())) for each in (states, kinds)]
    return f"{len(runs)} examples: {'; '.join(said)}"


def examples(path: Path | None = None) -> list[Example]:
    """The examples of `path`, else of EVENKEEL_GOLDEN, else of the product's own copy."""
    file = path or Path(os.environ.get("EVENKEEL_GOLDEN") or OWN_FILE)
    document = json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)
    return [
        Example(
            id=entry["id"],
            area=entry["area"],
            title=entry.get("title", ""),
            inputs=american(entry["inputs"]),
            expected=american(entry["expected"]),
            tolerance=Decimal(entry.get("tolerance", CENT)),
        )
        for entry in document["examples"]
    ]


def american(value: Any) -> Any:
    """The value with its field names in American spelling: `realised_gain` is `realized_gain`."""
    if isinstance(value, Mapping):
        return {BRITISH.sub(r"\1iz", key): american(each) for key, each in value.items()}
    return [american(each) for each in value] if isinstance(value, list) else value


def reading_faults(key: str, inputs: Record) -> list[str]:
    """What the adapter left unread, and what it took as zero although nobody said that it may."""
    return [
        f"inputs.{path}: given, but the adapter of {key} did not read it"
        for path in sorted(inputs.unread() - allowed(UNREAD, key))
    ] + [
        f"inputs.{path}: not given, but the adapter of {key} took it as zero"
        for path in sorted(inputs.zeros() - allowed(ZEROS, key))
    ]


def is_fraction(field: str) -> bool:
    """True for fields that are rates, returns or parts of one: a cent would be far too coarse for them."""
    words = field.lower().split("_")
    return any(
        word in words
        for word in ("rate", "return", "fraction", "utilization", "weight", "weights", "volatility")
    )


def differences(expected: Any, actual: Any, tolerance: Decimal, where: str = "") -> list[str]:
    """Compare recursively; dictionaries by the expected keys, lists by place, numbers within a tolerance."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return [f"{where or 'answer'}: expected {plain(expected)}, got {plain(actual)}"]
        found = []
        for key, value in expected.items():
            place = f"{where}.{key}" if where else str(key)
            if key not in actual:
                found.append(f"{place}: expected {plain(value)}, not answered")
            else:
                found += differences(value, actual[key], tolerance, place)
        # An answer may say more than was asked, but a book of lots by id must not hold lots too many.
        is_book = bool(where) and all(isinstance(value, list | dict) for value in expected.values())
        extra = sorted(str(key) for key in actual if is_book and key not in expected)
        return found + ([f"{where}: not expected: {', '.join(extra)}"] if extra else [])
    if isinstance(expected, list):
        if not isinstance(actual, list | tuple) or len(actual) != len(expected):
            return [f"{where}: expected {plain(expected)}, got {plain(actual)}"]
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for i, (e, a) in pairs for line in differences(e, a, tolerance, f"{where}[{i}]")]
    if is_number(expected) and is_number(actual):
        allowed = tolerance
        digits = -int(Decimal(str(expected)).as_tuple().exponent)
        if is_fraction(where.rpartition(".")[2].partition("[")[0]):
            allowed = min(allowed, Decimal(6).scaleb(-max(4, digits) - 1))
        elif digits > 2 and tolerance == CENT:
            # Whoever wrote more than cents meant them: a variance of 0.00318 is not within a cent of zero.
            allowed = Decimal(6).scaleb(-digits - 1)
        gap = abs(Decimal(str(expected)) - Decimal(str(actual)))
        return [] if gap <= allowed else [f"{where}: expected {expected}, got {actual}"]
    if expected == "NONE" and actual is None:
        return []  # Two ways of writing that there is none.
    same = type(expected) is type(actual) or isinstance(actual, str)
    return (
        [] if same and expected == actual else [f"{where}: expected {plain(expected)}, got {plain(actual)}"]
    )


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def plain(value: Any) -> str:
    return json.dumps(value, default=str)


def table(runs: Sequence[Run]) -> str:
    """The totals, and for every area how many examples are live, library or pending, and what the library waits for."""
    rows = []
    for area in sorted({run.example.area for run in runs}):
        own = [run for run in runs if run.example.area == area]
        kinds = Counter("pending" if run.state == "pending" else run.kind for run in own)
        counts = " | ".join(str(kinds[kind] or "") for kind in ("live", "library", "pending"))
        rows.append(f"| `{area}` | {counts} | {LIBRARY.get(area, '')} |")
    head = "| Area | Live | Library | Pending | What the library ones wait for |\n|---|---|---|---|---|"
    return "\n".join([f"{totals(runs)}.", "", head, *rows, ""])


def main(arguments: list[str]) -> int:
    """Print one line per id and the totals; exit 1 when any example fails."""
    found = [run(example) for example in examples(Path(arguments[0]) if arguments else None)]
    for each in found:
        print(each.line)
    print(totals(found))
    return 1 if any(each.faults for each in found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
