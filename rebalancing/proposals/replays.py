"""A decided revision worked out again from its stored document, and compared with what was shown, figure by figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.engine import proposing, repricing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Plan, Versions
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.engine.verifier import verification
from rebalancing.models import Revision
from rebalancing.proposals import bindings, revisions

TOLD_MAX = 20
"""The most differences kept on the trail; whoever replays sees them all."""
APART = frozenset({"removal_costs", "versions"})
"""Parts of a plan that are compared elsewhere: what is worked out on opening, and the versions themselves."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value of the plan that came out otherwise, by its place in the document."""

    place: str
    stored: str
    again: str

    def __str__(self) -> str:
        return f"{self.place}: stored {self.stored}, now {self.again}"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `why_not` is why nothing could be compared; `kept` that the orders of an earlier day were priced anew,
    as when it was made.
    """

    recorded: Versions | None
    present: Versions | None
    differences: tuple[Difference, ...] = ()
    why_not: str = ""
    kept: bool = False

    @property
    def is_same(self) -> bool:
        return not self.differences and not self.why_not

    @property
    def sentence(self) -> str:
        """The result in words, with what may explain a difference."""
        if self.why_not:
            return f"It cannot be worked out again: {self.why_not}"
        versions = self._versions()
        if self.is_same:
            return f"Worked out again to the last digit{versions or ', with the engine that made it'}."
        first = "; ".join(str(one) for one in self.differences[:3])
        count = len(self.differences)
        told = "1 value differs" if count == 1 else f"{count} values differ"
        return f"{told}{versions or ', with the engine that made it'}: {first}."

    def _versions(self) -> str:
        then, now = self.recorded, self.present
        assert then is not None, "what was compared has the versions of both plans"
        assert now is not None, "what was compared has the versions of both plans"
        pairs = (
            ("engine", then.engine, now.engine),
            ("solver", then.solver, now.solver),
            ("tax tables", then.tax_tables, now.tax_tables),
        )
        told = [f"{name} {before}, now {after}" for name, before, after in pairs if before != after]
        return f", made with {', '.join(told)}" if told else ""


def replay(revision: Revision, *, by: Actor, at: datetime) -> Replay:
    """Work a stored revision out again and record the result. Nothing of the revision changes."""
    found = of(revision)
    with transaction.atomic():
        audit.record(
            audit.Action.PROPOSAL_REPLAYED,
            about=revision.proposal,
            by=by,
            at=at,
            revision=revision.number,
            fingerprint=revision.fingerprint,
            same=found.is_same,
            engine=found.recorded.engine if found.recorded else revision.engine_version,
            now=proposing.ENGINE_VERSION,
            why_not=found.why_not,
            differences=[str(one) for one in found.differences[:TOLD_MAX]],
            count=len(found.differences),
        )
    return found


def of(revision: Revision) -> Replay:
    """The comparison, from the two stored documents alone; first that these are what was reviewed."""
    for cause in bindings.differences(revision):
        told = f"{cause.input} was {cause.shown} when it was reviewed, now {cause.now}."
        return Replay(None, None, why_not=told)
    household, plan = revisions.household_of(revision), revisions.plan_of(revision)
    # The second program first: what it signed then, it signs again.
    verdict = verification.verify(household, plan)
    refused = () if verdict.signed else (Difference("verifier", "signed", f"refused: {verdict.faults[0]}"),)
    try:
        again, kept = _again(household, plan)
    except SolverFailed as problem:
        return Replay(plan.versions, None, why_not=f"the solver gave no answer ({problem}).")
    return Replay(plan.versions, again.versions, (*refused, *_differences(plan, again)), kept=kept)


def _again(household: Household, plan: Plan) -> tuple[Plan, bool]:
    again = proposing.propose(household, removal_costs=False)
    if not _differences(plan, again):
        return again, False
    # At the prices of a later day the former orders were kept.
    repriced = repricing.repriced(household, plan.orders, removal_costs=False)
    if repriced is not None and not _differences(plan, repriced):
        return repriced, True
    return again, False


def _differences(plan: Plan, again: Plan) -> tuple[Difference, ...]:
    left, right = (serializing.document(replace(one, removal_costs=())) for one in (plan, again))
    return tuple(_apart("", left, right))


def _apart(place: str, left: object, right: object) -> Iterator[Difference]:
    if left == right:
        return
    if isinstance(left, dict) and isinstance(right, dict):
        for name in sorted(left.keys() | right.keys()):
            if place or name not in APART:
                yield from _apart(f"{place}/{name}", left.get(name), right.get(name))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for number, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _apart(f"{place}/{number}", one, other)
    elif isinstance(left, list) and isinstance(right, list):
        yield Difference(place, f"{len(left)} entries", f"{len(right)} entries")
    else:
        yield Difference(place, _short(left), _short(right))


def _short(value: object) -> str:
    return "nothing" if value is None else str(value)[:80]
