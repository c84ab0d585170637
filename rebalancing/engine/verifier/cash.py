"""Cash: the ladder adds up, and no account falls below its minimum at any settlement because of the plan."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from rebalancing.engine.documents.faults import Fault
from rebalancing.engine.documents.objective import Mode
from rebalancing.engine.documents.plan import Side
from rebalancing.engine.money import ZERO
from rebalancing.engine.verifier.case import SET_ASIDE, Case, differs


def ladder(case: Case) -> Iterator[Fault]:
    """The plan's cash steps are exactly the known movements and the orders', with a running balance."""
    by_account: dict[str, list[tuple[date, Decimal]]] = defaultdict(list)
    for order in case.plan.orders:
        signed = order.amount if order.side is Side.SELL else -order.amount
        by_account[order.account].append((case.settles(order.security), signed))
    claimed: dict[str, list[int]] = defaultdict(list)
    for at, step in enumerate(case.plan.cash):
        claimed[step.account].append(at)
    yield from differs("/cash", "accounts", sorted(claimed), sorted(case.accounts))
    for name in sorted(set(claimed) & set(case.accounts)):
        account = case.accounts[name]
        steps = [(at, case.plan.cash[at]) for at in claimed[name]]
        first_at, first = steps[0]
        opening = (case.household.as_of, account.cash_settled, account.cash_settled)
        yield from differs(f"/cash/{first_at}", "opens", (first.on, first.amount, first.balance), opening)
        due = Counter([(on, amount) for on, amount, _ in case.events[name]] + by_account[name])
        given = Counter((step.on, step.amount) for _, step in steps[1:])
        if due != given:
            yield Fault(
                "/cash", f"{name}: movements {_shown(given - due)} are claimed, {_shown(due - given)} are due"
            )
        balance, before = account.cash_settled, date.min
        for at, step in steps[1:]:
            balance += step.amount
            yield from differs(f"/cash/{at}/balance", "balance", step.balance, balance)
            if step.on < before:
                yield Fault(f"/cash/{at}/on", "steps are not in order of day")
            before = step.on
            is_named = step.description.startswith(("sale of ", "purchase of "))
            if not is_named and step.description not in {label for _, _, label in case.events[name]}:
                yield Fault(f"/cash/{at}/description", f"{step.description!r} is no movement of this account")


def _shown(moves: Counter[tuple[date, Decimal]]) -> str:
    return ", ".join(f"{amount} on {on}" for on, amount in sorted(moves.elements())) or "none"


def minimums(case: Case) -> Iterator[Fault]:
    """After each day the cash is at least the minimum, or no less than it would be without the plan."""
    for name, account in case.accounts.items():
        moves: dict[date, Decimal] = defaultdict(lambda: ZERO)
        for on, amount, _ in case.events[name]:
            moves[on] += amount
        for order in case.plan.orders:
            if order.account == name:
                signed = order.amount if order.side is Side.SELL else -order.amount
                moves[case.settles(order.security)] += signed
        untouched = case.untouched(name)
        without, balance = account.cash_settled, account.cash_settled
        for day in sorted(moves):
            balance += moves[day]
            without = untouched.get(day, without)
            if balance < min(account.minimum_cash, without):
                yield Fault(
                    "/cash", f"{name} has {balance} after {day}, below its minimum {account.minimum_cash}"
                )


def raised(case: Case) -> Iterator[Fault]:
    """In the mode that raises cash: exactly the amount asked for is set aside, in the account asked for."""
    objective = case.household.objective
    aside = [(s.account, -s.amount) for s in case.plan.cash if s.description == SET_ASIDE]
    if objective.mode is not Mode.RAISE_CASH:
        flows = [f for a in case.household.accounts for f in a.flows if f.label == SET_ASIDE]
        yield from differs("/cash", "set aside", len(aside), len(flows))
        return
    yield from differs("/cash", "set aside", sum((a for _, a in aside), ZERO), objective.raise_amount)
    for account, amount in aside:
        if amount < 0 or objective.raise_account not in {None, account}:
            yield Fault("/cash", f"{amount} is set aside in {account}")
