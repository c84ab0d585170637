"""The required distributions of households: what is required, taken, planned and open, pool by pool and year by year."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from clients.households import cash_flows
from clients.models import Account, CashFlow, Household
from compliance.firm.firm_settings import InForce
from rebalancing.distributions import due_days, pools, record
from rebalancing.distributions.pools import Pool, Settled, Taken
from rebalancing.engine.money import ZERO
from rebalancing.engine.portfolio import required_distributions
from rebalancing.engine.portfolio.cash_needs import HORIZON_DAYS


class State(StrEnum):
    """Where one requirement stands; the most pressing first."""

    MISSED = "missed"
    PRESSING = "pressing"
    MISSING = "missing"
    OPEN = "open"
    PLANNED = "planned"
    TAKEN = "taken"
    NOTHING = "nothing"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def tone(self) -> str:
        return _TONES[self]


_LABELS = {
    State.MISSED: "Missed",
    State.PRESSING: "To be taken now",
    State.MISSING: "Something is missing",
    State.OPEN: "Still to be taken",
    State.PLANNED: "Planned",
    State.TAKEN: "Taken",
    State.NOTHING: "Nothing this year",
}
_TONES = {
    State.MISSED: "breach",
    State.PRESSING: "breach",
    State.MISSING: "attention",
    State.OPEN: "attention",
    State.PLANNED: "order",
    State.TAKEN: "order",
    State.NOTHING: "quiet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Required:
    """One pool of one owner in one year. Dollars; `remaining` None where something is missing.

    `planned` is money due out of the pool's accounts until the deadline that settles it; `to_plan` what is in no plan.
    `parts` are the days on which that is taken.
    """

    household: Household
    settled: Settled
    planned: Decimal
    to_plan: Decimal
    parts: dict[date, Decimal]
    state: State
    firms_day: date | None
    accounts: dict[str, Account]

    @property
    def pool(self) -> Pool:
        return self.settled.pool

    @property
    def excise(self) -> tuple[Decimal, Decimal] | None:
        """What a shortfall costs if it stays: at once, and where it is corrected in the window (IRC 4974)."""
        left, deadline = self.settled.remaining, self.pool.deadline
        if not left or deadline is None:
            return None
        return (
            required_distributions.excise(left, corrected_in_window=False, year=deadline.year),
            required_distributions.excise(left, corrected_in_window=True, year=deadline.year),
        )


def of(households: Collection[Household | int], *, year: int, on: date, figures: InForce) -> list[Required]:
    """Every requirement of a year and what is still open of the year before, by household and owner."""
    years = (year - 1, year)
    found: list[Required] = []
    for facts in record.of(households, years=years, on=on):
        by_year = {each: pools.of_owner(facts.owner, facts.members[each], year=each) for each in years}
        # An account without a balance cannot be said to have been missed a year ago, when nobody asked.
        settled = list(pools.settle(by_year, facts.takings, years=years))
        left = list(facts.flows)
        for one in settled:
            if one.pool.year < year and not _is_open(one, on=on):
                continue
            planned = _planned(one, left)
            found.append(_required(one, facts, planned=planned, on=on, figures=figures))
    return found


def _is_open(one: Settled, *, on: date) -> bool:
    """Whether a distribution of the year before still concerns anybody."""
    if one.pool.deadline is None:
        return False
    return (
        bool(one.remaining)
        or (one.remaining is None and one.pool.deadline >= on)
        or (one.pool.is_first and one.pool.deadline >= on)
    )


def _planned(one: Settled, left: list[Taken]) -> Decimal:
    """What money due out settles of it; a part that is not needed is left for the next year's."""
    if not one.remaining or one.pool.deadline is None:
        return ZERO
    planned = ZERO
    for flow in list(left):
        if flow.account not in one.pool.accounts or flow.on > one.pool.deadline:
            continue
        part = min(flow.amount, one.remaining - planned)
        if part <= ZERO:
            break
        left.remove(flow)
        if flow.amount > part:
            left.append(Taken(flow.on, flow.account, flow.amount - part, False, flow.source))
        planned += part
    return planned


def _required(one: Settled, facts: record.Facts, *, planned: Decimal, on: date, figures: InForce) -> Required:
    deadline = one.pool.deadline
    to_plan = max(ZERO, (one.remaining or ZERO) - planned)
    firms_day = None if deadline is None else due_days.firms_day(deadline, figures)
    parts = {} if deadline is None else due_days.planned(to_plan, deadline=deadline, on=on, figures=figures)
    return Required(
        household=facts.household,
        settled=one,
        planned=planned,
        to_plan=to_plan,
        parts=parts,
        state=_state(one, to_plan=to_plan, on=on, figures=figures),
        firms_day=firms_day,
        accounts={key: account for key, account in facts.accounts.items() if key in one.pool.accounts},
    )


def _state(one: Settled, *, to_plan: Decimal, on: date, figures: InForce) -> State:
    deadline = one.pool.deadline
    if one.pool.missing:
        return State.MISSING
    if deadline is None or not one.pool.required:
        return State.NOTHING
    if not one.remaining:
        return State.TAKEN
    if deadline < on:
        return State.MISSED
    if not to_plan:
        return State.PLANNED
    return State.PRESSING if due_days.is_pressing(deadline, on=on, figures=figures) else State.OPEN


def may_ask(accounts: Iterable[Account]) -> bool:
    """Whether one of these accounts is of a kind that ever asks for a distribution."""
    return record.concerns(accounts)


def money_due(required: Iterable[Required], accounts: Sequence[Account], *, on: date) -> list[CashFlow]:
    """What is in no plan yet, as money due out of the account that pays it within the horizon; never stored."""
    until = on + timedelta(days=HORIZON_DAYS)
    found = []
    for one in required:
        pays = payer(one, accounts)
        if pays is not None:
            found += [
                cash_flows.computed(
                    pays,
                    kind=CashFlow.Kind.DISTRIBUTION,
                    amount=-amount,
                    due_on=day,
                    note=f"Required distribution of {one.pool.year}",
                )
                for day, amount in one.parts.items()
                if day <= until
            ]
    return found


def payer(one: Required, accounts: Iterable[Account]) -> Account | None:
    """The account of the pool that pays what is open: one that holds the cash, else the one that is worth most there.

    None where nothing is open, or where nothing of the pool is here.
    """
    here = [each for each in accounts if each.public_id in one.pool.accounts]
    if not here or one.to_plan <= ZERO:
        return None
    balances = {member.key: member.balance or ZERO for member in one.pool.members}
    with_cash = [each for each in here if _free(each) >= one.to_plan]
    return max(with_cash or here, key=lambda each: (balances.get(each.public_id, ZERO), each.public_id))


def _free(account: Account) -> Decimal:
    cash = getattr(account, "cash", None)
    return ZERO if cash is None else cash.settled + cash.unsettled - account.minimum_cash
