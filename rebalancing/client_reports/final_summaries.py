"""What a client reads once the orders have ended: what was done, at which price, what it realized, what was not done and why.

Made from the documents of the revision and from what was executed, nothing else. The former version stays readable; what
differs from it is one sentence of the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from clients import figures
from clients.policies import policies
from rebalancing.client_reports import client_wording, summaries
from rebalancing.client_reports.executions import Execution
from rebalancing.client_reports.summaries import Change, ClassLine, NotDone, Sold, Summary
from rebalancing.engine.documents import household as document
from rebalancing.engine.documents import parsing
from rebalancing.engine.documents.ordering import ordered
from rebalancing.engine.documents.plan import Order, Plan, Side, UnitTax
from rebalancing.engine.evaluation import evaluate, unit_taxes
from rebalancing.engine.evaluation.order_lines import Line
from rebalancing.engine.evaluation.situations import lay_out, out_of_band
from rebalancing.engine.explanations.positions import weights_to_one
from rebalancing.engine.money import cents
from rebalancing.models import ClientSummary, ProposedLot, Revision
from rebalancing.models import Order as SentOrder

ZERO = Decimal(0)
Stage = ClientSummary.Stage
WHY_NOT = {
    SentOrder.State.REJECTED: "The order was not accepted for trading.",
    SentOrder.State.CANCELED: "The order was canceled before it traded.",
    SentOrder.State.EXPIRED: "The order did not trade by the end of its day.",
    SentOrder.State.PART_FILLED: "The rest of the order did not trade by the end of its day.",
}
"""Why a trade was not made, by how its order ended; what brokers say of it stays at the desk."""
TERMS = dict(ProposedLot.Term.choices)
NAMED_MAX = 4


def build(revision: Revision, done: Mapping[int, Execution], *, before: Summary) -> Summary:
    """The next version after `before`: the same executions always give the same one."""
    plan = parsing.read_plan(revision.plan_document)
    household = parsing.read_household(revision.household_document)
    made = {place: one for place, one in done.items() if one.filled}
    taxes = tuple(summaries.tax_line(household, unit) for unit in _taxes(household, plan, made))
    classes = _classes(household, plan, made, order=policies.class_order(revision.policy))
    stage = Stage.CORRECTED if before.is_final else Stage.FINAL
    made_now = tuple(_change(household, plan, place, one) for place, one in sorted(made.items()))
    now = replace(
        before,
        headline=_headline(done),
        classes=classes,
        changes=made_now,
        taxes=taxes,
        tax_total=f"{sum((Decimal(line.tax) for line in taxes), ZERO):.2f}",
        not_done=tuple(
            _not_done(household, plan, place, one) for place, one in sorted(done.items()) if one.missing
        ),
        sold=tuple(
            sold
            for place, one in sorted(made.items())
            for sold in _sold(household, plan.orders[place - 1], one)
        ),
        next_steps=_next_steps(plan, is_whole=all(not one.missing for one in done.values())),
        version=before.version + 1,
        stage=str(stage),
    )
    return replace(now, difference=difference(before, now))


def says_the_same(one: Summary, other: Summary) -> bool:
    """Whether two versions tell a client the same of what was done."""
    return _essence(one) == _essence(other)


def difference(before: Summary, now: Summary) -> str:
    """What changed between two versions, as the client reads it."""
    tax = (
        f"The estimated tax is {figures.money(Decimal(now.tax_total))}; we had told you "
        f"{figures.money(Decimal(before.tax_total))}."
    )
    if not before.is_final:
        planned = figures.counted(len(before.changes), "trade")
        made = len(now.changes)
        parts = len([one for one in now.not_done if one.key in {change.key for change in now.changes}])
        whole = made - parts
        what = (
            f"We had told you of {planned}. {whole or 'None'} {'were' if whole > 1 else 'was'} made in full"
        )
        what += f", {parts} in part" if parts else ""
        none = len(now.not_done) - parts
        what += f", {none} not at all." if none else "."
        return f"{what}{' The prices are those of the trades now.' if made else ''} {tax}"
    said = _changed(before, now)
    shown = [
        *said[:NAMED_MAX],
        *([f"{len(said) - NAMED_MAX} more trades changed."] if said[NAMED_MAX:] else []),
    ]
    return " ".join([*shown, tax] if before.tax_total != now.tax_total or not shown else shown)


def _changed(before: Summary, now: Summary) -> list[str]:
    """One sentence for each trade that was told otherwise."""
    was = {one.key: one for one in before.changes}
    stands = {one.key: one for one in now.changes}
    said = []
    for key in dict.fromkeys([*was, *stands]):
        old, new = was.get(key), stands.get(key)
        if old is not None and new is not None and (old.what, old.amount) != (new.what, new.amount):
            said.append(f"{new.account}: {_told(new)}; we had told you {_told(old)}.")
        elif old is not None and new is None:
            said.append(f"{old.account}: {_told(old)} was taken back and did not happen.")
        elif old is None and new is not None:
            said.append(f"{new.account}: {_told(new)}; we had told you that it did not trade.")
    return said


def _told(one: Change) -> str:
    return f"“{one.what}” for {figures.money(Decimal(one.amount))}"


def _essence(one: Summary) -> object:
    return one.changes, one.not_done, one.sold, one.taxes, one.tax_total


def _headline(done: Mapping[int, Execution]) -> str:
    whole = sum(1 for one in done.values() if not one.missing)
    if whole == len(done):
        return f"We changed your portfolio: {figures.counted(whole, 'trade')}, all made."
    if any(one.filled for one in done.values()):
        return f"We changed your portfolio in part: {whole} of {figures.counted(len(done), 'trade')} made in full."
    return "Nothing was traded: none of the trades we told you about took place."


def _name(household: document.Household, order: Order) -> str:
    security = next(one for one in household.securities if one.id == order.security)
    return f"{security.name} ({security.symbol})"


def _account(household: document.Household, order: Order) -> str:
    return next(one.name for one in household.accounts if one.id == order.account)


def _change(household: document.Household, plan: Plan, place: int, one: Execution) -> Change:
    order = plan.orders[place - 1]
    verb = "Sold" if order.side is Side.SELL else "Bought"
    price = f" at {figures.share_price(one.average)}" if one.average is not None else ""
    names = {row.id: row.name or row.id for row in household.policy.classes}
    why = client_wording.why(
        order,
        plan=plan,
        securities={row.id: row for row in household.securities},
        names=names,
        says_gain=False,
    )
    return Change(
        account=_account(household, order),
        what=f"{verb} {figures.quantity(one.filled)} shares of {_name(household, order)}{price}",
        amount=f"{one.amount:.2f}",
        why=why,
        key=order.id,
    )


def _not_done(household: document.Household, plan: Plan, place: int, one: Execution) -> NotDone:
    order = plan.orders[place - 1]
    verb = "Sell" if order.side is Side.SELL else "Buy"
    of_all = f" of {figures.quantity(one.ordered)}" if one.filled else ""
    return NotDone(
        account=_account(household, order),
        what=f"{verb} {figures.quantity(one.missing)}{of_all} shares of {_name(household, order)}",
        why=" ".join([*one.reasons, *([said] if (said := WHY_NOT.get(SentOrder.State(one.state))) else [])]),
        key=order.id,
    )


def _sold(household: document.Household, order: Order, one: Execution) -> list[Sold]:
    """The shares sold in an account that is taxed, purchase by purchase."""
    account = next(row for row in household.accounts if row.id == order.account)
    if not account.is_taxed:
        return []
    return [
        Sold(
            account=account.name,
            what=_name(household, order),
            acquired_on=lot.acquired_on.isoformat() if lot.acquired_on else "",
            shares=f"{lot.shares.normalize():f}",
            proceeds=f"{lot.proceeds:.2f}",
            basis="" if lot.basis is None else f"{lot.basis:.2f}",
            gain="" if lot.gain is None else f"{lot.gain:.2f}",
            term=TERMS.get(lot.term, ""),
        )
        for lot in one.lots
    ]


def _taxes(household: document.Household, plan: Plan, made: Mapping[int, Execution]) -> list[UnitTax]:
    """The returns of the plan with the gains that were realized, computed as the plan's were."""
    accounts = {one.id: one for one in household.accounts}
    units = {one.id: one for one in ordered(household).tax_units}
    short, long, disallowed = (dict.fromkeys(units, ZERO) for _ in range(3))
    for place, one in made.items():
        account = accounts[plan.orders[place - 1].account]
        if not account.is_taxed or account.tax_unit is None:
            continue
        for lot in one.lots:
            by_term = long if lot.term == ProposedLot.Term.LONG else short
            by_term[account.tax_unit] += lot.recognized
            disallowed[account.tax_unit] += lot.disallowed
    found = []
    for planned in plan.tax:
        unit = units[planned.tax_unit]
        before = unit_taxes.compute(unit, ZERO, ZERO)
        after = unit_taxes.compute(unit, short[unit.id], long[unit.id])
        change = sum(
            (
                cents(getattr(after, name)) - cents(getattr(before, name))
                for name in ("federal", "niit", "state")
            ),
            ZERO,
        )
        found.append(
            replace(
                planned,
                short=short[unit.id],
                long=long[unit.id],
                disallowed=disallowed[unit.id],
                change=change,
            )
        )
    return found


def _classes(
    household: document.Household,
    plan: Plan,
    made: Mapping[int, Execution],
    *,
    order: Mapping[str, int],
) -> tuple[ClassLine, ...]:
    """Every class after what was done, at the prices of the proposal: the same lines as before, in their order."""
    asked = ordered(household)
    situation = lay_out(asked)
    lines = tuple(
        Line(
            account=one.account,
            security=one.security,
            side=one.side,
            shares=done.filled,
            amount=done.amount,
            cost=ZERO,
            settles_on=one.settles_on,
            lots=(),
        )
        for place, done in sorted(made.items())
        for one in (plan.orders[place - 1],)
    )
    values = evaluate.class_values(situation, lines)
    after: dict[tuple[str | None, str], tuple[Decimal, bool]] = {}
    for scope in situation.scopes:
        within = values[scope.account]
        whole, weights = sum(within.values(), ZERO), weights_to_one(within)
        for zone in scope.zones:
            row = zone.policy
            sides = out_of_band(row, within[row.id], whole, edge_is_breach=asked.policy.edge_is_breach)
            after[scope.account, row.id] = (weights[row.id], any(sides))
    told = summaries.class_lines(household, plan, order=order)
    return tuple(
        replace(line, after=f"{after[key][0]:f}", is_outside=after[key][1]) if key in after else line
        for key, line in told
    )


def _next_steps(plan: Plan, *, is_whole: bool) -> tuple[str, ...]:
    again = (
        "We look at your portfolio again at the next closing prices and tell you what is still to be done."
    )
    return (
        *(() if is_whole else (again,)),
        "Your custodian confirms each trade; its statement shows the shares and the cash.",
        summaries.tax_caveat(plan),
    )
