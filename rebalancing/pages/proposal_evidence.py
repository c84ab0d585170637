"""The evidence beside a proposal's trades: figures, bands, taxes, checks, and what doing nothing would mean."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import figures
from clients.drawings import BandBar
from compliance.models import Examination, FindingRow, Override, Review, SeverityLevel
from compliance.review_desk import findings
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan, UnitTax

ZERO = Decimal(0)
HALF = Decimal("0.5")

TERMS = {
    "tax": "Tax, less what carried losses are worth",
    "spread": "Trading cost",
    "drift inside": "Being off target, inside the bands",
    "drift short of destination": "Being short of where a class that left its band is brought back to",
    "drift outside": "Being outside the bands",
    "location": "Holding in the dearer kind of account",
    "rank": "Second choices",
    "tie-break": "Ties, decided by rule",
    "slack": "What could not be met",
    "orders": "Number of orders",
    "budget": "Above the gain budget",
}
SEVERITY_NAMES = {
    SeverityLevel.BLOCK: "block",
    SeverityLevel.OVERRIDE: "reason",
    SeverityLevel.WARN: "note",
    SeverityLevel.PASS: "pass",
}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One card: a worded value, what it was before, a note, a tone."""

    label: str
    value: str
    before: str = ""
    note: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The bands of the household, or of one account where the policy goes by account."""

    caption: str
    bars: tuple[BandBar, ...]


@dataclass(frozen=True, slots=True)
class TermRow:
    """One part of what the plan weighs, in dollars: left alone, and with the plan."""

    name: str
    nothing: Decimal
    plan: Decimal


@dataclass(frozen=True, slots=True)
class TaxRow:
    """One return's estimate; `method` says how it was worked out, `left_out` what of the law it does not count."""

    name: str
    unit: UnitTax
    method: str
    left_out: str

    @property
    def federal(self) -> Decimal:
        return self.unit.federal_after - self.unit.federal_before

    @property
    def niit(self) -> Decimal:
        return self.unit.niit_after - self.unit.niit_before

    @property
    def state(self) -> Decimal:
        return self.unit.state_after - self.unit.state_before


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A check's answer. `override_url` only where this person may answer for it; `answered_by` when somebody did."""

    severity: str
    sentence: str
    how_to_fix: str
    rule: str
    name: str
    about: str
    override_url: str
    refusal: str
    answered_by: str
    answer: str


@dataclass(frozen=True, slots=True)
class Checks:
    """What the rule book said of this revision when it was last asked."""

    examined_at: datetime | None
    blocks: tuple[FindingLine, ...]
    reasons: tuple[FindingLine, ...]
    notes: tuple[FindingLine, ...]
    passes: tuple[FindingLine, ...]

    @property
    def total(self) -> int:
        return len({line.rule for line in (*self.blocks, *self.reasons, *self.notes, *self.passes)})

    @property
    def passed(self) -> int:
        failing = {line.rule for line in (*self.blocks, *self.reasons) if not line.answered_by}
        return self.total - len(failing)

    @property
    def unanswered(self) -> int:
        """How many findings wait for somebody's reason."""
        return sum(1 for line in self.reasons if not line.answered_by)

    @property
    def open(self) -> tuple[FindingLine, ...]:
        """What still stands in the way: blocks, and reasons nobody has given."""
        return (*self.blocks, *(line for line in self.reasons if not line.answered_by))


def heading(name: str, plan: Plan) -> str:
    """The page's one sentence: what is proposed, and what it costs."""
    out = sum(1 for one in plan.before.classes if one.out_of_band)
    still = sum(1 for one in plan.after.classes if one.out_of_band)
    trades = _trades(plan)
    if out and not still:
        what = f"Bring {name} back inside its bands"
    elif out > still:
        what = f"Bring {name} closer to its bands"
    elif any(order.reason.value == "raise_cash" for order in plan.orders):
        what = f"Raise cash for {name}"
    elif any(order.reason.value == "harvest_loss" for order in plan.orders):
        what = f"Take losses for {name}"
    else:
        what = f"Trade for {name}"
    return f"{what}: {trades}, {tax_words(plan.tax_change)}"


def _trades(plan: Plan) -> str:
    return f"{len(plan.orders)} trade{'' if len(plan.orders) == 1 else 's'}"


def tax_words(change: Decimal) -> str:
    if change > ZERO:
        return f"about {figures.money(change, cents=False)} in tax"
    if change < ZERO:
        return f"about {figures.money(-change, cents=False)} less tax"
    return "no tax"


def key_figures(plan: Plan, shown: document.Household) -> tuple[KeyFigure, ...]:
    """The cards, the ones that decide first."""
    out = sum(1 for one in plan.before.classes if one.out_of_band)
    still = sum(1 for one in plan.after.classes if one.out_of_band)
    short = sum((unit.short for unit in plan.tax), ZERO)
    long = sum((unit.long for unit in plan.tax), ZERO)
    return (
        _worst_drift(plan, shown),
        KeyFigure(
            "Classes out of band",
            str(still),
            before=str(out),
            tone="breach" if still else "order" if out else "",
        ),
        KeyFigure(
            "Estimated tax",
            figures.money(plan.tax_change, cents=False),
            note=f"{figures.money(short, cents=False, signed=True)} short, "
            f"{figures.money(long, cents=False, signed=True)} long-term",
            tone="attention" if plan.tax_change > ZERO else "",
        ),
        _year_to_date(plan, shown),
        _turnover(plan),
        KeyFigure(
            "Cash after",
            figures.money(sum((one.cash for one in plan.after.accounts), ZERO), cents=False),
            before=figures.money(sum((one.cash for one in plan.before.accounts), ZERO), cents=False),
            note=_reserve_note(shown),
        ),
    )


def allocations(plan: Plan, shown: document.Household) -> tuple[Allocation, ...]:
    """Every class against its band, before and after; one drawing for each account at account level."""
    names = {row.id: row.name or row.id for row in shown.policy.classes}
    order = {row.id: place for place, row in enumerate(shown.policy.classes)}
    accounts = {account.id: account.name for account in shown.accounts}
    after = {(one.account, one.asset_class): one for one in plan.after.classes}
    groups: dict[str | None, list[BandBar]] = {}
    for one in sorted(plan.before.classes, key=lambda row: (-row.target, order.get(row.asset_class, 0))):
        then = after.get((one.account, one.asset_class))
        bar = BandBar(
            label=names.get(one.asset_class, one.asset_class),
            target=one.target,
            lower=one.lower,
            upper=one.upper,
            before=one.weight,
            after=then.weight if then else None,
            measured_before=one.out_of_band,
            measured_after=then.out_of_band if then else None,
        )
        groups.setdefault(one.account, []).append(bar)
    return tuple(
        Allocation(
            "Allocation of the household"
            if account is None
            else f"Allocation of {accounts.get(account, account)}",
            tuple(bars),
        )
        for account, bars in groups.items()
    )


def taxes(plan: Plan, shown: document.Household) -> tuple[TaxRow, ...]:
    """The estimate by return, with the method in words."""
    units = {unit.id: unit for unit in shown.tax_units}
    return tuple(
        TaxRow(
            name=units[unit.tax_unit].name or unit.tax_unit,
            unit=unit,
            method=_method(unit, units[unit.tax_unit]),
            left_out=left_out(plan),
        )
        for unit in plan.tax
    )


def left_out(plan: Plan) -> str:
    """What the plan's tax figures do not count, as a sentence; empty for plans at flat rates."""
    return f"Not in these figures: {'; '.join(plan.not_modeled)}." if plan.not_modeled else ""


def terms(plan: Plan) -> tuple[TermRow, ...]:
    """What the plan weighs against doing nothing; parts that are nothing either way are left out."""
    return tuple(
        TermRow(TERMS.get(one.name, one.name.capitalize()), one.nothing, one.plan)
        for one in plan.terms
        if one.nothing or one.plan
    )


def gap_sentence(plan: Plan) -> str:
    """How good the plan provably is, and what was left out of it as hardly worth sending."""
    gap = max(plan.objective - plan.bound, ZERO)
    told = f"No plan under these rules does better by more than {figures.money(gap)}."
    return f"{told} {plan.fewer_orders.explanation}" if plan.fewer_orders else told


def checks(user: Any, review: Review, *, names: dict[str, str], url_args: list[Any], at: datetime) -> Checks:
    """The newest examination's findings, what was answered, and what this person may answer for."""
    examination: Examination | None = findings.latest(review)
    if examination is None:
        return Checks(None, (), (), (), ())
    given = findings.standing_overrides(review, at=at)
    examination.review = review
    rows = list(examination.findings.order_by("-severity", "position"))
    lines = [(row.severity, _line(user, row, given.get(row.key), names, url_args)) for row in rows]
    return Checks(
        examination.examined_at,
        *(
            tuple(line for severity, line in lines if severity == wanted)
            for wanted in (
                SeverityLevel.BLOCK,
                SeverityLevel.OVERRIDE,
                SeverityLevel.WARN,
                SeverityLevel.PASS,
            )
        ),
    )


def _line(
    user: Any, row: FindingRow, answer: Override | None, names: dict[str, str], url_args: list[Any]
) -> FindingLine:
    needs_answer = row.severity == SeverityLevel.OVERRIDE and answer is None
    refusal = findings.refusal_to_override(user, row) if needs_answer else None
    may = needs_answer and refusal is None
    return FindingLine(
        severity=SEVERITY_NAMES[SeverityLevel(row.severity)],
        sentence=row.sentence,
        how_to_fix=row.how_to_fix,
        rule=row.rule,
        name=f"{row.rule}, version {row.rule_version}",
        about=_about(row.about, names),
        override_url=reverse("rebalancing:override", args=[*url_args, row.pk]) if may else "",
        refusal=refusal or "",
        answered_by=answer.approver_label if answer else "",
        answer=f"{answer.get_reason_display()}. {answer.text}" if answer else "",
    )


def _about(text: str, names: dict[str, str]) -> str:
    places = []
    for place in json.loads(text or "[]"):
        words = [names.get(place.get("account", ""), ""), place.get("security", "")]
        places.append(", ".join(word for word in words if word))
    return "; ".join(dict.fromkeys(place for place in places if place))


def _worst_drift(plan: Plan, shown: document.Household) -> KeyFigure:
    names = {row.id: row.name or row.id for row in shown.policy.classes}
    before = max(plan.before.classes, key=lambda one: abs(one.weight - one.target))
    after = max(plan.after.classes, key=lambda one: abs(one.weight - one.target))
    same = before.asset_class == after.asset_class
    name = names.get(before.asset_class, before.asset_class)
    other = names.get(after.asset_class, after.asset_class)
    return KeyFigure(
        "Worst drift",
        figures.points(after.weight - after.target),
        before=figures.points(before.weight - before.target),
        note=name if same else f"{name}, then {other}",
        tone="breach" if after.out_of_band else "order",
    )


def _year_to_date(plan: Plan, shown: document.Household) -> KeyFigure:
    unknown = ", ".join(unit.realized_unknown for unit in shown.tax_units if unit.realized_unknown)
    budgets = [unit for unit in plan.tax if unit.budget_limit is not None]
    if plan.gain_budget is not None:
        net, was, limit = plan.gain_budget.used, plan.gain_budget.used_before, plan.gain_budget.limit
        note, is_over = f"budget {figures.money(limit, cents=False)}", net > limit
    elif budgets:
        net = sum((unit.budget_used or ZERO for unit in budgets), ZERO)
        was = sum((unit.budget_used_before or ZERO for unit in budgets), ZERO)
        limit = sum((unit.budget_limit or ZERO for unit in budgets), ZERO)
        note, is_over = f"budget {figures.money(limit, cents=False)}", net > limit
    else:
        net = sum((unit.net_short + unit.net_long for unit in plan.tax), ZERO)
        was = net - sum((unit.short + unit.long for unit in plan.tax), ZERO)
        note, is_over = "no budget agreed", False
    if unknown:
        return KeyFigure(
            "Net gains this year",
            figures.UNKNOWN,
            note=f"{figures.money(net, cents=False)} without {unknown}, whose gain is not known; {note}",
            tone="attention",
        )
    return KeyFigure(
        "Net gains this year",
        figures.money(net, cents=False),
        before=figures.money(was, cents=False),
        note=note,
        tone="breach" if is_over else "",
    )


def _turnover(plan: Plan) -> KeyFigure:
    # At their prices, as the turnover cap and the other ways count: what a spread costs is told beside it.
    traded = sum((order.shares * order.price for order in plan.orders), ZERO) * HALF
    share = traded / plan.before.investable if plan.before.investable else ZERO
    cost = sum((order.cost for order in plan.orders), ZERO)
    return KeyFigure(
        "Turnover",
        figures.money(traded, cents=False),
        note=f"{figures.weight(share, places=1)} of the investable value, {_trades(plan)}; "
        f"costs about {figures.money(cost, cents=False)}",
    )


def _reserve_note(shown: document.Household) -> str:
    reserve = sum((account.minimum_cash for account in shown.accounts), ZERO)
    return f"{figures.money(reserve, cents=False)} kept in reserve" if reserve else "no reserve asked for"


def _method(unit: UnitTax, asked: document.TaxUnit) -> str:
    state = (
        f", plus {figures.weight(asked.state_rate, places=1)} state" if asked.state_rate else ", no state tax"
    )
    if asked.income is not None:
        law = f"full federal computation for {asked.income.tax_year}, with and without the plan"
    else:
        law = "flat rates agreed with the client"
    minimum = (unit.minimum_tax_after or ZERO) - (unit.minimum_tax_before or ZERO)
    if minimum:
        state += f"; federal tax counts {figures.money(minimum, signed=True)} of alternative minimum tax"
    return (
        f"By {law}{state}. The next dollar would cost {figures.weight(unit.marginal_short, places=1)} short, "
        f"{figures.weight(unit.marginal_long, places=1)} long-term."
    )
