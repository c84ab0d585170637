"""What no tax lot stands for is weighed at its value and left alone, and the rest of its account is traded."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from clients.models import Account, Household, Position
from rebalancing.engine.documents import household as document
from rebalancing.models import ProposedOrder, Reading
from rebalancing.portfolios import portfolios
from rebalancing.triggers import measures
from tests import cast
from tests.clock import LAST_FRIDAY, MONDAY
from tests.factories.bundles import bundle, table
from tests.factories.deciding import scan
from tests.factories.households import a_managed_household, loaded

pytestmark = pytest.mark.django_db

BONDS = "11110003,Bonds,miller,Mia Miller,individual,fidelity,full,2020-01-02,no,fifo"
HEADER = (
    "Account Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total,Type\n"
)
FUND = "11110003,Taxable,ZUS,INVENTED US STOCK ETF,400,$100.00,$40000.00,$9000.00,Cash\n"
NOTE = "11110003,Taxable,91282CAV3,UNITED STATES TREAS NTS,20000,$99.1727,$19834.54,$19700.00,Cash\n"
ESCROW = "11110003,Taxable,999999ZZ8,OLD COMPANY ESCROW,40,--,--,--,Cash\n"
FOOTER = '\n"Date downloaded Nov-20-2026 4:35 p.m ET"\n'


def the_millers_hold(*rows: str) -> Household:
    """The Millers with a third account, at Fidelity, that gives lots of the stock fund only; $300 in cash."""
    household = a_managed_household(
        advisor=cast.ana(),
        reviewer=cast.rui(),
        content=bundle(accounts=[BONDS], positions=[], lots=[], cash=[], transactions=[]),
    )
    lot = "11110003,2026-11-20,ZUS,C1,2021-03-01,400,9000.00,covered"
    loaded(table("lots", [lot]), name="lots.csv")
    loaded((HEADER + FUND + "".join(rows) + FOOTER).encode(), name="Portfolio_Positions_Nov-20-2026.csv")
    loaded(table("cash", ["11110003,2026-11-20,settled,300.00"]), name="cash.csv")
    return household


def measured(household: Household) -> portfolios.Portfolio:
    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)
    assert isinstance(found, portfolios.Portfolio), found
    return found


def weighed(household: Household) -> dict[str, D]:
    return {one.asset_class: one.value for one in measures.measure(measured(household)).measures if one.value}


def test_a_treasury_note_without_lots_is_weighed_and_left_alone_while_the_rest_is_traded() -> None:
    household = the_millers_hold(NOTE)

    scan()

    reading = Reading.objects.get()
    assert (reading.outcome, reading.value) == (Reading.Outcome.PROPOSED, D("60134.54"))
    assert weighed(household) == {"us_stock": D(40_000), "unclassified": D("19834.54"), "cash": D(300)}
    assert "Unclassified holdings stand at 33.0" in reading.reason
    note = next(one for one in measured(household).household.securities if one.symbol == "91282CAV3")
    assert note.status is document.SecurityStatus.FROZEN
    traded = set(ProposedOrder.objects.values_list("security__symbol", flat=True))
    assert traded
    assert "91282CAV3" not in traded


def test_the_stand_in_has_no_basis_and_a_lock() -> None:
    built = measured(the_millers_hold(NOTE)).household

    lot = next(one for one in built.lots if one.security == "91282CAV3")

    assert (lot.quantity, lot.basis, lot.acquired) == (D(20_000), None, None)
    assert lot.lock_reason == "The custodian reports no tax lots for it."


def test_an_escrow_of_unknown_value_is_named_and_the_household_measured_without_it() -> None:
    household = the_millers_hold(ESCROW)

    scan()

    reading = Reading.objects.get()
    assert reading.outcome != Reading.Outcome.DATA
    assert reading.value is None, "what it owns in total is not known"
    assert reading.reason.endswith("Measured without 999999ZZ8: its value is unknown.")
    assert weighed(household) == {"us_stock": D(40_000), "cash": D(300)}
    [account] = measured(household).household.accounts
    assert account.tradable


def test_an_escrow_with_lots_and_no_price_does_not_block_its_household_either() -> None:
    household = the_millers_hold(ESCROW)
    lots = [
        "11110003,2026-11-20,ZUS,C1,2021-03-01,400,9000.00,covered",
        "11110003,2026-11-20,999999ZZ8,C2,2015-03-02,40,800.00,covered",
    ]
    loaded(table("lots", lots), name="lots-2.csv")

    assert weighed(household) == {"us_stock": D(40_000), "cash": D(300)}


def test_a_pool_known_by_its_value_only_is_weighed_at_it() -> None:
    household = the_millers_hold()
    account = Account.objects.get(number_last4="0003")
    fund = Position.objects.get(account=account)
    Position.objects.filter(pk=fund.pk).update(
        quantity=None, market_value=D("12878.69"), held_out="The file gives no quantity."
    )
    account.lots.update(closed_on=LAST_FRIDAY)

    assert weighed(household) == {"us_stock": D("12878.69"), "cash": D(300)}
    assert measures.measure(measured(household)).value == D("13178.69")


def test_what_may_be_traded_and_has_no_class_is_named_for_a_person_to_put_right() -> None:
    stranger = "11110003,Taxable,ZQQ,INVENTED COMPANY,10,$20.00,$200.00,$100.00,Cash\n"
    household = the_millers_hold(stranger)

    found = portfolios.load(household, as_of_on=LAST_FRIDAY, trade_on=MONDAY)

    assert isinstance(found, portfolios.NotMeasurable)
    assert found.reasons == ("ZQQ has no asset class on record.",)
