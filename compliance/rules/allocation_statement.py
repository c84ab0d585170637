"""PTC-46: a block order has its allocation statement stored before it is released.

Source: SMC Capital, Inc., SEC no-action letter (September 5, 1995). A statement of the same minute as the release
is not before it.
"""

from __future__ import annotations

from datetime import datetime

from compliance.rules.facts.case import BlockOrder, Case
from compliance.rules.findings.finding import About, Finding, NotInEngine, Rule
from compliance.rules.findings.severity import Severity

RULE = Rule(
    id="PTC-46",
    title="Allocation statement first",
    levels=(Severity.BLOCK,),
    source="SMC Capital, Inc., SEC no-action letter 1995",
    example="Block order 9:45, statement 10:05: BLOCK",
    # Blocks are formed when approved orders are put together for release.
    stages=("release",),
    engine=NotInEngine(why="The allocation statement is stored at release."),
)


def statement_severity(*, released_at: datetime, statement_at: datetime | None) -> Severity:
    stored_first = statement_at is not None and statement_at < released_at
    return Severity.PASS if stored_first else Severity.BLOCK


def check(case: Case) -> tuple[Finding, ...]:
    if case.blocks is None:
        return (RULE.missing("which orders go out as a block"),)
    return RULE.report(
        (examine(block, case) for block in case.blocks), nothing="No order goes out as a block."
    )


def examine(block: BlockOrder, case: Case) -> Finding:
    severity = statement_severity(released_at=block.released_at, statement_at=block.statement_at)
    inputs = {"side": block.side, "released_at": block.released_at, "statement_at": block.statement_at}
    about, name = (About(security=block.security),), case.name(block.security)
    if severity is Severity.PASS:
        sentence = f"How the block in {name} is shared out was written down first."
        return RULE.finding(severity, sentence, about=about, inputs=inputs)
    return RULE.finding(
        severity,
        f"The block order in {name} would go out before it was written down which account gets how much.",
        fix="Store the allocation statement, then release.",
        about=about,
        inputs=inputs,
    )
