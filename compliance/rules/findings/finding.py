"""What a rule says about itself, and what it says about a proposal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from compliance.rules.facts.recorded import Fact
from compliance.rules.facts.thresholds import Threshold
from compliance.rules.findings.severity import Severity
from rebalancing.engine.documents.plan import Limit, SkipReason

Pairs = tuple[tuple[str, str], ...]

EVERY_STAGE = ("build", "approval", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a finding points at; empty parts mean "the whole proposal", "the whole account" and so on."""

    account: str = ""
    security: str = ""
    lot: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.account, self.security, self.lot) if part) or "proposal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule's answer, complete enough to be stored and read years later without the code.

    ``inputs`` and ``thresholds`` are name and text pairs: exactly what was looked at and compared with.
    """

    rule: str
    version: int
    severity: Severity
    sentence: str
    how_to_fix: str = ""
    about: tuple[About, ...] = ()
    inputs: Pairs = ()
    thresholds: Pairs = ()


def text(value: object) -> str:
    """``value`` as it is stored in a finding: stable, readable, ``unknown`` for None."""
    if type(value) is str:
        return value
    if value is None:
        return "unknown"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        # Equal numbers have one text, however many zeros they came with: the same fact reads the same each time.
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, frozenset | set):
        return ", ".join(sorted(text(one) for one in value)) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(text(one) for one in value) or "none"
    return str(value)


def pairs(values: Mapping[str, object] | None) -> Pairs:
    return tuple((name, text(value)) for name, value in (values or {}).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class InEngine:
    """The engine knows the rule's limit and never proposes what the rule stops.

    ``by`` names the engine's own limits and bars for it, where it has a word for them; ``how`` says it in a sentence.
    """

    how: str
    by: tuple[Limit | SkipReason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInEngine:
    """The engine cannot know the limit, or must not; ``why`` is a sentence."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule's identity, and everything the rest of the product needs to know of it.

    Raise ``version`` with every change of meaning: stored findings name it. A rule that can stop a proposal says
    with ``engine`` whether the engine plans around its limit.
    """

    id: str
    version: int = 1
    title: str
    levels: tuple[Severity, ...]
    """The severities other than PASS this rule can give, mildest first."""
    source: str
    example: str
    stages: tuple[str, ...] = EVERY_STAGE
    override_roles: frozenset[str] = frozenset({"reviewer", "compliance"})
    """Who may approve an OVERRIDE of this rule; any one of these roles."""
    facts: tuple[Fact[Any], ...] = ()
    """The columns of the record it reads by name."""
    thresholds: tuple[Threshold[Any], ...] = ()
    """The figures it compares with."""
    engine: InEngine | NotInEngine | None = None

    @property
    def failing(self) -> Severity:
        """The level for a missing input: the most serious this rule knows, never PASS."""
        return self.levels[-1]

    def finding(
        self,
        severity: Severity,
        sentence: str,
        *,
        fix: str = "",
        about: Iterable[About] = (),
        inputs: Mapping[str, object] | None = None,
        thresholds: Mapping[str, object] | None = None,
    ) -> Finding:
        return Finding(
            rule=self.id,
            version=self.version,
            severity=severity,
            sentence=sentence,
            how_to_fix=fix,
            about=tuple(about),
            inputs=pairs(inputs),
            thresholds=pairs(thresholds),
        )

    def missing(
        self, what: str, *, about: Iterable[About] = (), inputs: Mapping[str, object] | None = None
    ) -> Finding:
        """A fact this rule needs is unknown, so the rule fails. ``what`` finishes "We do not know …"."""
        return self.finding(
            self.failing,
            f"We do not know {what}, so this could not be checked.",
            fix=f"Record {what}, then check again.",
            about=about,
            inputs=inputs,
        )

    def report(self, findings: Iterable[Finding], *, nothing: str) -> tuple[Finding, ...]:
        """All concerns as they are, and one PASS that keeps the inputs of everything that was in order.

        ``nothing`` is the sentence for a proposal that holds nothing this rule looks at. A rule therefore
        always leaves at least one finding: "we looked" can be shown for every rule that ran.
        """
        every = tuple(findings)
        concerns = tuple(one for one in every if one.severity is not Severity.PASS)
        passed = tuple(one for one in every if one.severity is Severity.PASS)
        if not every:
            return (self.finding(Severity.PASS, nothing),)
        if len(passed) < 2:
            return (*concerns, *passed)
        merged = Finding(
            rule=self.id,
            version=self.version,
            severity=Severity.PASS,
            sentence=passed[0].sentence
            if len({one.sentence for one in passed}) == 1
            else f"{self.title}: in order in {len(passed)} places.",
            about=tuple(dict.fromkeys(ref for one in passed for ref in one.about)),
            inputs=tuple(
                (f"{place} {name}".strip(), value)
                for one in passed
                for place in (" ".join(str(ref) for ref in one.about),)
                for name, value in one.inputs
            ),
            thresholds=tuple(dict.fromkeys(pair for one in passed for pair in one.thresholds)),
        )
        return (*concerns, merged)
