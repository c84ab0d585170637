"""What the trades would do to the household: the figures that decide, and every class against its band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from clients import figures
from clients.drawings import BandBar
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents.plan import Plan
from rebalancing.pages.proposal.stored import Stored

ZERO, ONE = Decimal(0), Decimal(1)
SLEEVES = "parts of divided classes"
"""The caption of the bars of sleeves whose weights are followed."""
HALF = Decimal("0.5")
DECIDING = 3
"""How many of the cards decide; they are the first."""


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
class Outcome:
    """Dollars of tax the plan adds; the cards; the bands before and after."""

    tax_change: Decimal
    figures: tuple[KeyFigure, ...]
    allocations: tuple[Allocation, ...]

    @property
    def deciding(self) -> tuple[KeyFigure, ...]:
        """Drift, classes outside and tax: what stands beside the decision."""
        return self.figures[:DECIDING]

    @property
    def further(self) -> tuple[KeyFigure, ...]:
        return self.figures[DECIDING:]


def of(stored: Stored) -> Outcome:
    return Outcome(
        tax_change=stored.plan.tax_change,
        figures=key_figures(stored.plan, stored.household),
        allocations=allocations(stored.plan, stored.household),
    )


def key_figures(plan: Plan, shown: document.Household) -> tuple[KeyFigure, ...]:
    """The cards, the ones that decide first."""
    out = sum(1 for one in plan.before.classes if one.out_of_band)
    after = sum(1 for one in plan.after.classes if one.out_of_band)
    short = sum((unit.short for unit in plan.tax), ZERO)
    long = sum((unit.long for unit in plan.tax), ZERO)
    return (
        _worst_drift(plan, shown),
        KeyFigure(
            "Classes out of band",
            str(after),
            before=str(out),
            tone="breach" if after else "order" if out else "",
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
    captions = {key: "Household" if key is None else accounts.get(key, key) for key in groups}
    return (
        *(Allocation(captions[account], tuple(bars)) for account, bars in groups.items()),
        *(Allocation(f"{captions[account]}: {SLEEVES}", bars) for account, bars in _sleeves(plan, shown)),
    )


def _sleeves(plan: Plan, shown: document.Household) -> Iterator[tuple[str | None, tuple[BandBar, ...]]]:
    """The parts of divided classes by account, before and after; a band only where the policy measures them."""
    rows = {row.id: row for row in shown.policy.sleeve_targets}
    groups: dict[str | None, list[BandBar]] = {}
    for one, then in zip(plan.before.sleeves, plan.after.sleeves, strict=True):
        row = rows[one.asset_class]
        bar = BandBar(
            label=row.name or row.id,
            target=one.target,
            lower=one.lower if row.is_measured else ZERO,
            upper=one.upper if row.is_measured else ONE,
            before=one.weight,
            after=then.weight,
            measured_before=one.out_of_band,
            measured_after=then.out_of_band,
        )
        groups.setdefault(one.account, []).append(bar)
    for account, bars in groups.items():
        yield account, tuple(sorted(bars, key=lambda bar: -bar.target))


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
        note=f"{figures.weight(share, places=1)} of the investable value, {figures.counted(len(plan.orders), 'trade')}; "
        f"costs about {figures.money(cost, cents=False)}",
    )


def _reserve_note(shown: document.Household) -> str:
    reserve = sum((account.minimum_cash for account in shown.accounts), ZERO)
    return f"{figures.money(reserve, cents=False)} kept in reserve" if reserve else "no reserve asked for"
