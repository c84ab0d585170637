"""What a client reads about one approved proposal: what changed, why, what it costs, what was not traded.

The summary is a frozen value built from the stored plan and its input, nothing else; the portal page and
the letter are both made from it, so they cannot disagree. It is an estimate until its orders have ended
(`final_summaries`). It makes no forecast and no claim about
performance, and holds nothing of any other household.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients import access as record
from clients import figures
from clients.models import BookEntry
from clients.policies import policies
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing import market_days
from rebalancing.client_reports import client_wording
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import ClassPosition, Plan, Side, Skipped, UnitTax
from rebalancing.engine.wording import places_between
from rebalancing.models import ClientSummary, Revision

ZERO = Decimal(0)
LEFT_ALONE_MAX = 6
"""A client sees only the most important items; the desk's page lists them all."""


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class before and after; weights as fractions of one, in decimal text."""

    name: str
    target: str
    lower: str
    upper: str
    before: str
    after: str
    was_outside: bool
    is_outside: bool


@dataclass(frozen=True, slots=True)
class Change:
    """One trade as a client reads it."""

    account: str
    what: str
    amount: str
    why: str
    key: str = ""
    """Which order of the plan it is; empty in older summaries."""


@dataclass(frozen=True, slots=True)
class NotDone:
    """A trade, or the rest of one, that was not made, and why."""

    account: str
    what: str
    why: str
    key: str


@dataclass(frozen=True, slots=True)
class Sold:
    """Shares of one purchase that were sold; `basis` and `gain` are empty where what they cost is not known."""

    account: str
    what: str
    acquired_on: str
    shares: str
    proceeds: str
    basis: str
    gain: str
    term: str


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One return's estimate: gains by term, the tax they add, and how it was worked out."""

    who: str
    short_term: str
    long_term: str
    disallowed: str
    tax: str
    sentence: str


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A trade that was considered and not made, and why."""

    account: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a client's page and letter say. All figures are decimal text, all days ISO."""

    household: str
    reference: str
    revision: int
    prices_as_of_on: str
    trade_on: str
    headline: str
    why: tuple[str, ...]
    classes: tuple[ClassLine, ...]
    changes: tuple[Change, ...]
    taxes: tuple[TaxLine, ...]
    tax_total: str
    left_alone: tuple[LeftAlone, ...]
    next_steps: tuple[str, ...]
    contact: str
    prices_are_generated: bool
    version: int = 1
    stage: str = "estimate"
    difference: str = ""
    not_done: tuple[NotDone, ...] = ()
    sold: tuple[Sold, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether it says what was done, and not what is estimated."""
        return self.stage != ClientSummary.Stage.ESTIMATE


def build(revision: Revision, *, is_asked: bool = False) -> Summary:
    """The summary of a stored revision: the same stored documents always give the same summary.

    With `is_asked` it addresses a client whose consent is still needed.
    """
    plan = parsing.read_plan(revision.plan_document)
    household = parsing.read_household(revision.household_document)
    on_record = revision.proposal.household
    accounts = {account.id: account.name for account in household.accounts}
    securities = {security.id: security for security in household.securities}
    in_order = policies.class_order(revision.policy)
    classes = tuple(line for _, line in class_lines(household, plan, order=in_order))
    names = {row.id: row.name or row.id for row in household.policy.classes}
    return Summary(
        household=on_record.name,
        reference=revision.proposal.public_id,
        revision=revision.number,
        prices_as_of_on=revision.prices_as_of_on.isoformat(),
        trade_on=revision.trade_on.isoformat(),
        headline=_harvest_headline(household, plan, is_asked=is_asked)
        or _headline(classes, is_asked=is_asked),
        why=tuple(_why(revision)),
        classes=classes,
        changes=tuple(
            Change(
                account=accounts[order.account],
                what=(
                    f"{'Sell' if order.side is Side.SELL else 'Buy'} {figures.quantity(order.shares)} shares of "
                    f"{securities[order.security].name} ({securities[order.security].symbol})"
                ),
                amount=f"{order.amount:.2f}",
                why=client_wording.why(order, plan=plan, securities=securities, names=names),
                key=order.id,
            )
            for order in plan.orders
        ),
        taxes=tuple(tax_line(household, unit) for unit in plan.tax),
        tax_total=f"{plan.tax_change:.2f}",
        left_alone=tuple(_left_alone(client_wording.worth_telling(plan.skipped), accounts, securities)),
        next_steps=_next_steps(revision, plan),
        contact=_contact(revision),
        prices_are_generated=revision.orders.filter(security__is_generated=True).exists(),
    )


@transaction.atomic
def publish(revision: Revision, *, by: Actor, at: datetime) -> ClientSummary:
    """Publish the summary of an approved revision to the client's portal; a second call returns the same
    summary.
    """
    standing = ClientSummary.objects.filter(revision=revision, number=1).first()
    if standing is not None:
        return standing
    summary = store(revision, build(revision), at=at)
    audit.record(
        audit.Action.SUMMARY_PUBLISHED,
        about=summary,
        by=by,
        at=at,
        sealing=[("summary", summary.pk)],
        proposal=revision.proposal.public_id,
        revision=revision.number,
        digest=summary.digest,
    )
    return summary


def store(revision: Revision, value: Summary, *, at: datetime) -> ClientSummary:
    """Keep a version as the client reads it; the caller writes its line."""
    content = text_of(value)
    return ClientSummary.objects.create(
        household=revision.proposal.household,
        revision=revision,
        number=value.version,
        stage=value.stage,
        difference=value.difference,
        content=content,
        digest=hashlib.sha256(content.encode()).hexdigest(),
        published_at=at,
    )


def newest(revision: Revision) -> ClientSummary | None:
    """The version that counts now; None where none was published."""
    return ClientSummary.objects.filter(revision=revision).order_by("-number").first()


def text_of(summary: Summary) -> str:
    """The summary as canonical JSON: what is stored, digested, and handed to the letter."""
    return json.dumps(asdict(summary), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def value_of(stored: ClientSummary) -> Summary:
    """The frozen value of a stored summary."""
    told: dict[str, Any] = json.loads(stored.content)
    parts = {
        "classes": ClassLine,
        "changes": Change,
        "taxes": TaxLine,
        "left_alone": LeftAlone,
        "not_done": NotDone,
        "sold": Sold,
    }
    for name, kind in parts.items():
        # Older summaries lack what was added since.
        told[name] = tuple(kind(**row) for row in told.get(name, ()))
    for name in ("why", "next_steps"):
        told[name] = tuple(told[name])
    return Summary(**told)


def class_lines(
    household: document.Household, plan: Plan, *, order: Mapping[str, int]
) -> list[tuple[tuple[str | None, str], ClassLine]]:
    """The classes in the policy's order, then those the policy does not name; by account where the policy
    applies by account. Each with its account and class.
    """
    names = {row.id: row.name or row.id for row in household.policy.classes}
    labels = {account.id: account.name for account in household.accounts}
    after = {(one.account, one.asset_class): one for one in plan.after.classes}

    def name(one: ClassPosition) -> str:
        label = names[one.asset_class]
        return label if one.account is None else f"{label} in {labels[one.account]}"

    return [
        (
            (one.account, one.asset_class),
            ClassLine(
                name=name(one),
                target=f"{one.target:f}",
                lower=f"{one.lower:f}",
                upper=f"{one.upper:f}",
                before=f"{one.weight:f}",
                after=f"{after[one.account, one.asset_class].weight:f}",
                was_outside=one.out_of_band,
                is_outside=after[one.account, one.asset_class].out_of_band,
            ),
        )
        for one in sorted(
            plan.before.classes,
            key=lambda one: (one.account or "", order.get(one.asset_class, len(order)), one.asset_class),
        )
        if one.weight or one.target or after[one.account, one.asset_class].weight
    ]


def _harvest_headline(shown: document.Household, plan: Plan, *, is_asked: bool) -> str:
    """The headline of a plan that takes losses and nothing else; empty for another."""
    if shown.objective.mode is not Mode.HARVEST:
        return ""
    names = {one.id: one.name or one.symbol for one in shown.securities}
    sold = dict.fromkeys(names[order.security] for order in plan.orders if order.side is Side.SELL)
    return (
        f"{'We propose to replace' if is_asked else 'We are replacing'} {' and '.join(sold)}, which "
        f"{'stands' if len(sold) == 1 else 'stand'} below {'its' if len(sold) == 1 else 'their'} cost, to take the loss on "
        "your tax return."
    )


def _headline(classes: tuple[ClassLine, ...], *, is_asked: bool) -> str:
    moved = max(classes, key=lambda one: abs(Decimal(one.after) - Decimal(one.before)), default=None)
    if moved is None:
        return "We propose to adjust your portfolio." if is_asked else "We adjusted your portfolio."
    before, after = Decimal(moved.before), Decimal(moved.after)
    places = places_between(before, after, least=2)
    return (
        f"{'We propose to move' if is_asked else 'We are moving'} {moved.name} from "
        f"{figures.weight(before, places=places)} to {figures.weight(after, places=places)} of your portfolio."
    )


def _why(revision: Revision) -> list[str]:
    return [trigger["sentence"] for trigger in revision.triggers] or ["Your advisor asked for this change."]


def tax_line(household: document.Household, unit: UnitTax) -> TaxLine:
    """One return's gains and tax in words."""
    who = next((one.name or one.id for one in household.tax_units if one.id == unit.tax_unit), unit.tax_unit)
    if unit.short == ZERO and unit.long == ZERO:
        sentence = "These trades realize no taxable gain or loss."
    elif unit.change > ZERO:
        sentence = f"We estimate that these trades add {figures.money(unit.change)} to your {household.trade_on.year} taxes."
    elif unit.change < ZERO:
        sentence = (
            f"We estimate that these trades lower your {household.trade_on.year} taxes by "
            f"{figures.money(-unit.change)}."
        )
    else:
        sentence = (
            f"We estimate that these trades do not change your {household.trade_on.year} taxes; gains and losses "
            "offset each other or what was carried forward."
        )
    return TaxLine(
        who=who,
        short_term=f"{unit.short:.2f}",
        long_term=f"{unit.long:.2f}",
        disallowed=f"{unit.disallowed:.2f}",
        tax=f"{unit.change:.2f}",
        sentence=sentence,
    )


def _left_alone(
    skipped: tuple[Skipped, ...], accounts: dict[str, str], securities: dict[str, document.Security]
) -> list[LeftAlone]:
    """The most expensive trades that were not made, one line for each holding."""
    seen: set[tuple[str, str]] = set()
    told: list[LeftAlone] = []
    for one in sorted(
        skipped,
        key=lambda row: (row.cost_per_dollar is not None, -(row.cost_per_dollar or ZERO), row.security),
    ):
        key = (one.account, one.security)
        if key in seen or one.account not in accounts or one.security not in securities:
            continue
        seen.add(key)
        verb = "Selling" if one.side is Side.SELL else "Buying"
        told.append(
            LeftAlone(
                account=accounts[one.account],
                what=f"{verb} {securities[one.security].name}",
                why=client_wording.why_not(one),
            )
        )
        if len(told) == LEFT_ALONE_MAX:
            break
    return told


def _next_steps(revision: Revision, plan: Plan) -> tuple[str, ...]:
    return (
        f"Our trading desk sends the orders to your custodian on or after {figures.day(revision.trade_on)}.",
        "Figures here are estimates at closing prices. Your custodian confirms each trade with its final price.",
        tax_caveat(plan),
    )


def tax_caveat(plan: Plan) -> str:
    """The note beside every tax figure: that it is an estimate, and which parts of the tax law it leaves out."""
    left_out = f" They leave out {'; '.join(plan.not_modeled)}." if plan.not_modeled and plan.tax else ""
    return f"Tax figures here are estimates; your custodian's Form 1099-B has the final gains.{left_out}"


def _contact(revision: Revision) -> str:
    entry = (
        record.book_entries_today()
        .filter(household=revision.proposal.household, part=BookEntry.Part.ADVISOR)
        .first()
    )
    return str(entry.user) if entry else "your advisor"


def published_on(stored: ClientSummary) -> date:
    """The day the client could first read it, in New York."""
    return market_days.new_york_date(stored.published_at)
