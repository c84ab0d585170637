"""A decided revision worked out again from its stored document, and compared with what was shown, figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from compliance.audit_trail import audit
from compliance.models import AuditEvent
from compliance.people.actors import Actor
from rebalancing.engine import proposing
from rebalancing.engine.documents import serializing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.plan import Order, Plan, Versions
from rebalancing.engine.documents.serializing import decimal_text
from rebalancing.engine.search.highs import SolverFailed
from rebalancing.models import FrontierPlan, Revision
from rebalancing.proposals import bindings, engines, frontier_plans, revisions, ways
from rebalancing.proposals.engines import NotAnEngine, Running

TOLD_MAX = 20
"""The most differences kept on the trail; whoever replays sees them all."""
LINES_MAX = 1_000
"""The most figures kept on the trail; no plan has as many."""
ZERO, CENT = Decimal(0), Decimal("0.01")
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
class Line:
    """A figure that people decided on, as it was stored and as it came out again, to the cent."""

    what: str
    stored: str
    again: str

    @property
    def is_same(self) -> bool:
        return self.stored == self.again


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
    lines: tuple[Line, ...] = ()
    along: int = 0
    """How many plans of its frontier were worked out again beside it."""
    how_to_ask: str = ""
    """How the engine on record is asked, where another one answered."""
    digest: str = ""
    """Of the source of an engine that was given for this replay."""

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
            along = f" So were the {self.along} plans of its frontier." if self.along else ""
            return f"Worked out again to the last digit{versions or ', with the engine that made it'}.{along}{self._asking}"
        first = "; ".join(str(one) for one in self.differences[:3])
        count = len(self.differences)
        told = "1 value differs" if count == 1 else f"{count} values differ"
        return f"{told}{versions or ', with the engine that made it'}: {first}.{self._asking}"

    @property
    def _asking(self) -> str:
        return f" {self.how_to_ask}" if self.how_to_ask else ""

    @property
    def answered_by(self) -> str:
        """Which engine answered, and whether it is the one on record."""
        if self.recorded is None or self.present is None:
            return "No engine answered."
        then, now = self.recorded, self.present
        frozen = (
            f" It was given for this replay; its source has the digest {self.digest}." if self.digest else ""
        )
        if then == now:
            return f"Answered by engine {now.engine}, the version that made it, with the same solver and tax tables.{frozen}"
        if then.engine == now.engine:
            return f"Answered by engine {now.engine}, the version that made it{self._versions().removeprefix(', made')}.{frozen}"
        return (
            f"Answered by engine {now.engine}: it was made with engine {then.engine}, which does not run here. "
            f"A difference can come from that.{self._asking}"
        )

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


def replay(revision: Revision, *, by: Actor, at: datetime, engine: Running | None = None) -> Replay:
    """Work a stored revision out again and record the result. Nothing of the revision changes."""
    found = of(revision, engine=engine)
    with transaction.atomic():
        record(revision, found, by=by, at=at)
    return found


def record(revision: Revision, found: Replay, *, by: Actor, at: datetime, run: str = "") -> AuditEvent:
    """Put a result on the trail: the sentence, and every figure that people decided on as it was and as it came out."""
    event = audit.record(
        audit.Action.PROPOSAL_REPLAYED,
        about=revision.proposal,
        by=by,
        at=at,
        revision=revision.number,
        fingerprint=revision.fingerprint,
        same=found.is_same,
        engine=found.recorded.engine if found.recorded else revision.engine_version,
        now=found.present.engine if found.present else proposing.ENGINE_VERSION,
        engine_digest=found.digest,
        why_not=found.why_not,
        differences=[str(one) for one in found.differences[:TOLD_MAX]],
        count=len(found.differences),
        run=run,
        sentence=found.sentence,
        answered_by=found.answered_by,
        lines=[[one.what, one.stored, one.again] for one in found.lines[:LINES_MAX]],
        lines_count=len(found.lines),
    )
    assert event is not None, "a replay is recorded by itself, so its event is written at once"
    return event


def of(revision: Revision, *, engine: Running | None = None) -> Replay:
    """The comparison, from the two stored documents alone; first that these are what was reviewed.

    Without an `engine` the running one answers, and where that is not the one on record, the answer says how to ask it.
    """
    asked = engine or Running()
    for cause in bindings.differences(revision):
        told = f"{cause.input} was {cause.shown} when it was reviewed, now {cause.now}."
        return Replay(None, None, why_not=told)
    household, plan = revisions.household_of(revision), revisions.plan_of(revision)
    texts = (revision.household_document, revision.plan_document)
    try:
        # The second program first: what it signed then, it signs again.
        faults = asked.faults(household, plan, texts)
        again, kept = _again(household, plan, texts, asked)
        stored = frontier_plans.whole(revision)
        documents = ways.of(revision) if stored else {}
        along = [one for row in stored for one in _frontier_plan(row, documents, asked)]
    except SolverFailed as problem:
        return Replay(plan.versions, None, why_not=f"the solver gave no answer ({problem}).")
    except NotAnEngine as problem:
        return Replay(plan.versions, None, why_not=str(problem), digest=asked.digest)
    refused = (Difference("verifier", "signed", f"refused: {faults[0]}"),) if faults else ()
    named = f"{revision.proposal.public_id}/{revision.number}"
    return Replay(
        plan.versions,
        again.versions,
        (*refused, *_differences(plan, again), *along),
        kept=kept,
        lines=tuple(_lines(household, plan, again)),
        along=len(stored),
        how_to_ask=""
        if engine
        else engines.how_to_ask(plan.versions.engine, running=again.versions.engine, named=named),
        digest=asked.digest,
    )


def _frontier_plan(
    stored: FrontierPlan, documents: Mapping[str, Household], engine: Running
) -> Iterator[Difference]:
    """A kept plan of the frontier against the document that its way asks for today."""
    place, asked = f"/frontier/{stored.position}", documents.get(stored.ways[0])
    if asked is None or (now := serializing.digest(asked)) != stored.input_digest:
        digest = "no such way" if asked is None else f"digest {now[:12]}"
        yield Difference(f"{place}/document", f"digest {stored.input_digest[:12]}", digest)
        return
    plan = frontier_plans.plan_of(stored)
    document = engines.document_of(asked)
    if faults := engine.faults(asked, plan, (document, stored.plan_document)):
        yield Difference(f"{place}/verifier", "signed", f"refused: {faults[0]}")
    try:
        again = engine.propose(asked, document)
    except SolverFailed as problem:
        yield Difference(place, "a plan", f"no answer of the solver ({problem})")
        return
    for one in _differences(plan, again):
        yield replace(one, place=f"{place}{one.place}")


def _lines(household: Household, plan: Plan, again: Plan) -> Iterator[Line]:
    """The orders, the taxes and what the household would then hold: the figures of the page that was approved."""
    names = {account.id: account.name or account.id for account in household.accounts}
    symbols = {one.id: one.symbol or one.id for one in household.securities}
    stored, now = _orders(plan), _orders(again)
    for place in dict.fromkeys((*stored, *now)):
        account, security, side = place
        what = f"{side} {symbols.get(security, security)} in {names.get(account, account)}"
        left, right = stored.get(place), now.get(place)
        for name, told in ORDER_FIGURES:
            yield Line(
                f"{what}: {name}",
                told(left) if left else "no such order",
                told(right) if right else "no such order",
            )
    left_units, right_units = ({unit.tax_unit: unit for unit in one.tax} for one in (plan, again))
    for unit in dict.fromkeys((*left_units, *right_units)):
        sides = [units.get(unit) for units in (left_units, right_units)]
        yield Line(f"tax of {unit}", *(_dollars(one.change) if one else "not taxed" for one in sides))
    yield Line("tax of the plan", _dollars(plan.tax_change), _dollars(again.tax_change))
    for name, before in (("drift left", "drift"), ("worst drift left", "drift_max")):
        yield Line(name, *(decimal_text(getattr(one.after, before)) for one in (plan, again)))
    for account in names:
        cash = [
            next((a.cash for a in one.after.accounts if a.account == account), None) for one in (plan, again)
        ]
        yield Line(f"cash after in {names[account]}", *(_dollars(one) for one in cash))


def _orders(plan: Plan) -> dict[tuple[str, str, str], Order]:
    return {(one.account, one.security, one.side.value): one for one in plan.orders}


def _gain(order: Order) -> str:
    if not order.lots:
        return "nothing is sold"
    gains = [lot.gain for lot in order.lots]
    return "not known" if None in gains else _dollars(sum((gain for gain in gains if gain is not None), ZERO))


def _dollars(value: Decimal | None) -> str:
    """Dollars and cents; finer where the stored figure is."""
    if value is None:
        return "not there"
    finer = decimal_text(value)
    return f"${value:,.2f}" if value == value.quantize(CENT) else f"${finer}"


ORDER_FIGURES: tuple[tuple[str, Callable[[Order], str]], ...] = (
    ("shares", lambda order: decimal_text(order.shares)),
    ("price", lambda order: _dollars(order.price)),
    ("amount", lambda order: _dollars(order.amount)),
    ("gain", _gain),
)


def _again(household: Household, plan: Plan, texts: tuple[str, str], engine: Running) -> tuple[Plan, bool]:
    again = engine.propose(household, texts[0])
    if not _differences(plan, again):
        return again, False
    # At the prices of a later day the former orders were kept.
    repriced = engine.repriced(household, plan, texts)
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
