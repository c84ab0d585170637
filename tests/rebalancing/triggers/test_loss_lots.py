"""What each loss is worth: by the firm's figures, for any household, and never more than what can be used."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from compliance.firm.firm_settings import InForce
from rebalancing.engine import proposing
from rebalancing.engine.documents.household import Household
from rebalancing.engine.documents.objective import Mode, Objective
from rebalancing.engine.verifier import verification
from rebalancing.triggers import loss_lots
from tests.engine import harvests
from tests.engine.small_households import TODAY

SHIPPED = InForce(on=TODAY)


def drawn(seed: int) -> Household:
    """The household of `seed`, or of the next seed that holds a loss."""
    asked = None
    while asked is None:
        asked = harvests.harvest(seed)
        seed += 1
    return replace(asked, objective=Objective())


@given(st.integers(0, 10**6))
def test_what_is_taken_is_worth_its_orders_its_dollars_and_its_lots(seed: int) -> None:
    household = drawn(seed)
    lots = {lot.id: lot for lot in household.lots}

    found = loss_lots.weigh(household, SHIPPED)

    for one in found.taken:
        assert one.benefit >= 100
        assert one.benefit >= one.value * 2 * D("0.0005")
        for lot in one.lots:
            basis = lots[lot].basis
            assert basis is not None
            assert found.losses[lot] >= 250
    taken = {lot for one in found.taken for lot in one.lots}
    assert not taken & set(found.left)
    assert taken | set(found.left) == set(found.losses)
    assert all(found.left.values())


@given(st.integers(0, 10**6))
def test_the_plan_sells_no_other_lot_and_the_second_program_signs_it(seed: int) -> None:
    household = drawn(seed)
    found = loss_lots.weigh(household, SHIPPED)
    if not found.taken:
        return  # Nothing is worth taking: there is no harvest to ask for.
    objective = Objective(mode=Mode.HARVEST, harvest=found.rows(household))
    asked = replace(household, objective=objective)

    plan = proposing.propose(asked)

    taken = {lot for one in found.taken for lot in one.lots}
    assert {sale.lot for order in plan.orders for sale in order.lots} <= taken
    assert len(plan.orders) <= 2 * len(found.taken)
    assert verification.verify(asked, plan).signed


def test_a_loss_behind_years_of_carried_losses_is_worth_less() -> None:
    """A carried dollar saves ten cents some day, and less than five when $60,000 are used before it."""
    saved: dict[int, D] = {}
    for carried in (0, 60_000):
        saved[carried] = sum((_saved_with(seed, D(carried)) for seed in range(80)), D(0))

    assert D(0) <= saved[60_000] < saved[0] / 2


def _saved_with(seed: int, carried: D) -> D:
    asked = harvests.harvest(seed)
    if asked is None:
        return D(0)
    units = tuple(
        replace(unit, realized_short=D(0), realized_long=D(0), carryforward_long=carried)
        for unit in asked.tax_units
    )
    return loss_lots.weigh(replace(asked, tax_units=units, objective=Objective()), SHIPPED).saved
