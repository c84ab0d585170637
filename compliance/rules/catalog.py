"""The catalog of pre-trade rules, as ``docs/rules.md``.

`./evenkeel draw` writes the page from here, and a test compares the two, so that the page stays true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from compliance.rules import book
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.finding import InEngine, NotInEngine, Rule, text

INTRODUCTION = """# The pre-trade rules

Every proposal is examined three times: when it is built, when somebody decides on it, and again before
anything is sent. A rule answers PASS, WARN (acknowledged and logged), OVERRIDE (a named colleague with the
role accepts it in writing, on exactly these trades, until a date) or BLOCK (nobody may accept it). An input
that is not known counts as failed, never as passed. All figures are the firm's settings; a client's own may
only be stricter. The code of a rule is one file in `compliance/rules/`; the list is `compliance/rules/book.py`.

Trading costs reduce the total, so the weight of a class that is not traded rises slightly. PTC-10 blocks a class that ends
further outside its range only where the trades moved that class's own dollars the same way; otherwise a person decides.
Dollars are compared exactly, without a tolerance.
"""

CATALOG = """
## The catalog

| Rule | Name | Levels | Stages | Source | Example | State |
|---|---|---|---|---|---|---|
"""

ENGINE = """
## What the engine knows

The engine plans around each limit that it can know, so that no proposal is drafted only to be stopped. For every other
rule that can stop a proposal this table says why it does not. Plans and their explanations name the limit by the word in
the last column. `tests/rebalancing/cases/test_plans_keep_the_rules.py` shows each one.

| Rule | Name | In the engine | How, or why not | Its word there |
|---|---|---|---|---|
"""

INPUTS = """
## Columns and figures

A rule reads some facts straight from a column of the record. An empty column is unknown, and unknown fails, except where
it says that there is none. The figures are the defaults that are shipped.

| Rule | Columns of the record | Figures |
|---|---|---|
"""


def as_markdown() -> str:
    """The text of ``docs/rules.md``: the catalog, what the engine knows, and what each rule reads."""
    rules = [rule.RULE for rule in book.RULES]
    return (
        INTRODUCTION
        + CATALOG
        + _table(sorted(map(_catalog_row, rules)))
        + ENGINE
        + _table(_engine_row(rule, rule.engine) for rule in rules if rule.engine)
        + INPUTS
        + _table(_inputs_row(rule) for rule in rules if rule.facts or rule.thresholds)
    )


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _catalog_row(rule: Rule) -> tuple[str, ...]:
    levels = " / ".join(str(level) for level in rule.levels)
    state = f"in the book, version {rule.version}"
    return rule.id, rule.title, levels, ", ".join(rule.stages), rule.source, rule.example, state


def _engine_row(rule: Rule, engine: InEngine | NotInEngine) -> tuple[str, ...]:
    if isinstance(engine, InEngine):
        words = ", ".join(f"`{word.value}`" for word in engine.by)
        return rule.id, rule.title, "yes", engine.how, words
    return rule.id, rule.title, "no", engine.why, ""


def _inputs_row(rule: Rule) -> tuple[str, ...]:
    columns = ", ".join(
        f"`{fact}`" if fact.is_needed else f"`{fact}` (empty: there is none)" for fact in rule.facts
    )
    return rule.id, columns, ", ".join(_figure(threshold) for threshold in rule.thresholds)


def _figure(threshold: Threshold[Any]) -> str:
    return f"`{threshold.name}` {text(threshold.default)}"
