"""Every kind of corruption of a signed plan that the verifier has to refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from rebalancing.engine.documents.plan import Side, State
from tests.engine.verifier.corrupting import (
    CENT,
    Corruption,
    a_loss_deferred_elsewhere,
    a_loss_of_another_lot,
    a_lot_swapped,
    a_slack_denied,
    a_slack_invented,
    an_edit_ignored,
    an_order_missing,
    an_order_twice,
    another_step,
    basis_lost,
    bought_around,
    capped,
    flip,
    frozen,
    larger_minimum_trade,
    left_alone,
    locked,
    more_minimum_cash,
    moved,
    not_in_a_sleeve,
    not_tradable,
    on_lot,
    on_order,
    on_plan,
    on_position,
    on_row,
    other_state,
    oversold,
    reproposed,
    restricted,
    short_gains_barred,
    small_budget,
    sold_at_a_loss_before,
    swapped_orders,
    with_rules,
)

CORRUPTIONS: dict[str, Corruption] = {
    "a share more": on_order(None, lambda _, o: replace(o, shares=o.shares + 1)),
    "a share less": on_order(None, lambda _, o: replace(o, shares=o.shares - 1)),
    "a thousandth of a share more": on_order(
        Side.BUY, lambda _, o: replace(o, shares=o.shares + Decimal("0.001"))
    ),
    "no shares": on_order(None, lambda _, o: replace(o, shares=Decimal(0))),
    "negative shares": on_order(None, lambda _, o: replace(o, shares=-o.shares)),
    "a cent more for a sale": on_order(Side.SELL, lambda _, o: replace(o, amount=o.amount + CENT)),
    "a cent less for a purchase": on_order(Side.BUY, lambda _, o: replace(o, amount=o.amount - CENT)),
    "another price": on_order(None, lambda _, o: replace(o, price=o.price + CENT)),
    "another cost": on_order(None, lambda _, o: replace(o, cost=o.cost + CENT)),
    "settled a day early": on_order(
        None, lambda _, o: replace(o, settles_on=o.settles_on - timedelta(days=1))
    ),
    "another id": on_order(None, lambda _, o: replace(o, id=f"{o.id}x")),
    "another side": on_order(
        None, lambda _, o: replace(o, side=Side.BUY if o.side is Side.SELL else Side.SELL)
    ),
    "an unknown account": on_order(None, lambda _, o: replace(o, account="nowhere")),
    "an unknown security": on_order(None, lambda _, o: replace(o, security="nothing")),
    "another account": on_order(
        None, lambda h, o: replace(o, account=next(a.id for a in h.accounts if a.id != o.account))
    ),
    "a reason that is another's": on_order(None, lambda _, o: replace(o, explanation="Because.")),
    "an order missing": an_order_missing,
    "an order twice": an_order_twice,
    "orders out of order": on_plan(swapped_orders),
    "a lot swapped": on_lot(a_lot_swapped),
    "a lot oversold": on_lot(oversold, taxed=False),
    "an unknown lot": on_lot(lambda _, o, p: replace(o.lots[p], lot="nothing"), taxed=False),
    "a lot's share more": on_lot(
        lambda _, o, p: replace(o.lots[p], shares=o.lots[p].shares + 1), taxed=False
    ),
    "a cent of proceeds": on_lot(
        lambda _, o, p: replace(o.lots[p], proceeds=o.lots[p].proceeds + CENT), taxed=False
    ),
    "a cent of basis": on_lot(lambda _, o, p: replace(o.lots[p], basis=o.lots[p].basis + CENT)),
    "a cent of gain": on_lot(lambda _, o, p: replace(o.lots[p], gain=o.lots[p].gain - CENT)),
    "a term flipped": on_lot(lambda _, o, p: replace(o.lots[p], term=flip(o.lots[p].term))),
    "a disallowed cent": on_lot(lambda _, o, p: replace(o.lots[p], disallowed=o.lots[p].disallowed + CENT)),
    "a loss allowed after all": on_lot(
        lambda _, o, p: replace(o.lots[p], disallowed=Decimal(0)) if o.lots[p].disallowed else None
    ),
    "a cent of another loss in the basis": on_lot(
        lambda _, o, p: replace(o.lots[p], added_basis=o.lots[p].added_basis + CENT)
    ),
    "another loss in the basis, and in the loss": on_lot(
        lambda _, o, p: replace(
            o.lots[p],
            added_basis=o.lots[p].added_basis + CENT,
            basis=o.lots[p].basis + CENT,
            gain=o.lots[p].gain - CENT,
        )
    ),
    "a disallowed cent of another lot": on_plan(a_loss_of_another_lot),
    "a cent of another loss in another lot's basis": on_plan(a_loss_deferred_elsewhere),
    "a cent made long-term": on_lot(lambda _, o, p: replace(o.lots[p], tacked=o.lots[p].tacked + CENT)),
    "a cent deferred": on_row("tax", "deferred"),
    "a cent of cash": on_row("cash", "balance"),
    "a cent moved": on_row("cash", "amount"),
    "a movement invented": on_plan(another_step),
    "the ladder cut": on_plan(lambda _, p: replace(p, cash=p.cash[:-1])),
    "a cent of tax": on_row("tax", "change"),
    "a cent of federal tax": on_row("tax", "federal_after"),
    "a cent of federal tax before": on_row("tax", "federal_before"),
    "a cent of investment income tax": on_row("tax", "niit_after"),
    "a cent of state tax": on_row("tax", "state_after"),
    "a cent of short-term gain": on_row("tax", "short"),
    "a cent of long-term gain": on_row("tax", "long"),
    "a cent carried over": on_row("tax", "carryforward_long_after"),
    "another marginal rate": on_row("tax", "marginal_short", Decimal("0.0001")),
    "a cent of budget used": on_row("tax", "budget_used"),
    "another total of tax": on_plan(moved("tax_change", CENT)),
    "a return missing": on_plan(lambda _, p: replace(p, tax=p.tax[1:])),
    "a weight before": on_position("before", "weight", "classes", Decimal("0.000001")),
    "a weight after": on_position("after", "weight", "classes", Decimal("0.000001")),
    "a value after": on_position("after", "value", "classes", CENT),
    "another band": on_position("after", "upper", "classes", Decimal("0.01")),
    "cash after": on_position("after", "cash", "accounts", CENT),
    "holdings before": on_position("before", "holdings", "accounts", CENT),
    "less drift": on_plan(
        lambda _, p: replace(p, after=replace(p.after, drift=p.after.drift - Decimal("0.000001")))
    ),
    "a breach hidden": on_plan(
        lambda _, p: replace(
            p,
            before=replace(p.before, classes=tuple(replace(c, out_of_band=False) for c in p.before.classes)),
        )
    ),
    "a better objective": on_plan(moved("objective", Decimal(-25))),
    "a term of the objective": on_row("terms", "plan", Decimal(1)),
    "a term of doing nothing": on_row("terms", "do_nothing", Decimal(1)),
    "a bound above": on_plan(lambda _, p: replace(p, bound=p.objective + 1)),
    "another bound": on_plan(moved("bound", Decimal(-500))),
    "another gap": on_plan(moved("gap_bps", Decimal("0.001"))),
    "another state": on_plan(other_state),
    "impossible": on_plan(
        lambda _, p: replace(p, state=State.IMPOSSIBLE) if p.state is not State.IMPOSSIBLE else None
    ),
    "a slack denied": on_plan(a_slack_denied),
    "a slack invented": on_plan(a_slack_invented),
    "another household": on_plan(lambda _, p: replace(p, household="someone else")),
    "another input": on_plan(lambda _, p: replace(p, input_digest="0" * 64)),
    "another trade day": on_plan(lambda _, p: replace(p, trade_on=p.trade_on + timedelta(days=3))),
    "no solver named": on_plan(lambda _, p: replace(p, versions=replace(p.versions, solver=""))),
    "a reason missing": on_plan(lambda _, p: replace(p, reasons=p.reasons[1:]) if p.reasons else None),
    "a removal cost missing": on_plan(
        lambda _, p: replace(p, removal_costs=p.removal_costs[1:]) if len(p.removal_costs) > 1 else None
    ),
    "do not buy": reproposed(restricted(Side.BUY)),
    "do not sell": reproposed(restricted(Side.SELL)),
    "frozen": reproposed(frozen),
    "locked": reproposed(locked),
    "a purchase inside the window": reproposed(bought_around),
    "a rebuy 30 days after a loss": reproposed(sold_at_a_loss_before(30)),
    "a rebuy the day after a loss": reproposed(sold_at_a_loss_before(1)),
    "more minimum cash": reproposed(more_minimum_cash),
    "an account not traded": reproposed(not_tradable),
    "a smaller turnover": reproposed(with_rules(turnover_max=Decimal("0.000001"))),
    "a larger minimum trade": reproposed(larger_minimum_trade),
    "fewer orders": reproposed(with_rules(orders_max=0)),
    "a smaller gain budget": reproposed(small_budget),
    "a cap": reproposed(capped),
    "short-term gains barred": reproposed(short_gains_barred),
    "an edit to leave it alone": reproposed(left_alone),
    "an edit ignored": reproposed(an_edit_ignored),
    "a basis lost": reproposed(basis_lost),
    "nothing in a sleeve": reproposed(not_in_a_sleeve),
}
