"""A policy, a model, a restriction, a security is changed between two yearly looks: whom it concerns is looked at, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from clients.models import Household, ModelPortfolio, Security
from compliance.models import Review
from rebalancing.models import Reading
from tests import cast
from tests.factories import policy_versions
from tests.factories.bundles import MILLERS
from tests.factories.the_firm import the_harts
from tests.journeys.conftest import Clock, Firm, a_firm
from tests.journeys.custody import CASH, LOTS, NOVEMBER, POSITIONS
from tests.journeys.evenings import closes, not_told, told, typed

pytestmark = pytest.mark.django_db

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, day) for day in (23, 24, 25))
TUESDAY_NOON = datetime(2026, 11, 24, 17, tzinfo=UTC)


def kept(day: date) -> dict[str, list[str]]:
    """Beside their funds the Millers hold a stock that nobody else does."""
    return {
        "securities": [*MILLERS["securities"], "ZEX,Invented Shipping,stock,us_stock:1,zex,,1,1000000,no"],
        "prices": [f"ZUS,{day},84,generated", f"ZUB,{day},42,generated", f"ZBD,{day},80,generated",
                   f"ZEX,{day},50,generated"],
        "positions": [one.format(day=day) for one in (*POSITIONS, "11110001,{day},ZEX,100,no")],
        "lots": [one.format(day=day) for one in (*LOTS, "11110001,{day},ZEX,A5,2021-06-01,100,4000.00,covered")],
    }  # fmt: skip


@pytest.fixture
def firm(db: None, the_clock: Clock, no_broker: None) -> Firm:
    """The Millers follow the model by name, the Harts the version that they signed. Both were looked at on Monday."""
    held = a_firm(the_clock, look="annual", follows="model")
    rows = {"positions": POSITIONS, "lots": LOTS, "cash": CASH}
    there = {name: [one.format(day=NOVEMBER) for one in found] for name, found in rows.items()}
    the_harts(ana=cast.ana(), rui=cast.rui(), tables=there, look="annual")
    closes(held, MONDAY, stock="84", finds="in_band", **kept(MONDAY))
    assert outcome_of_the_harts(MONDAY) == "in_band"
    held.clock.at = TUESDAY_NOON
    return held


def outcome_of_the_harts(day: date) -> str:
    reading = Reading.objects.get(household__code="hart", run__market_on=day)
    return str(reading.outcome)


def approved(firm: Firm, review: Review) -> None:
    firm.rui.opens(f"/reviews/{review.public_id}/").presses("Record the decision", verdict="approved")


def a_policy_is_renewed(firm: Firm) -> None:
    """Ana begins, writes and submits it, Rui approves, Carl and Ana sign."""
    policy = policy_versions.approved(policy_versions.written(policy_versions.begun(firm.household)))
    firm.carl.opens(f"/portfolio/policies/{policy.public_id}/")
    firm.carl.presses("Sign", agree="on", typed_name="Mia Miller", password=cast.PASSWORD)
    firm.ana.opens(f"/policies/{policy.public_id}/sign/")
    firm.ana.presses("Sign this policy", party="advisor", typed_name="Ana")


def a_version_of_the_model_is_published(firm: Firm) -> None:
    model = ModelPortfolio.objects.get()
    firm.ana.opens(f"/models/{model.public_id}/next/").presses(
        "Draft the next version", note="As every year."
    )
    typed(
        firm.ana.opens(f"/models/{model.public_id}/ask/"), "Send the draft to review", note="As every year."
    )
    approved(firm, Review.objects.get(state="open", subject_kind="model"))


def a_client_asks_for_something(firm: Firm) -> None:
    page = firm.ana.opens(f"/households/{firm.household.public_id}/restriction/")
    typed(
        page,
        "Record a client’s restriction",
        kind="do_not_buy",
        symbol="ZUB",
        reason="Faith.",
        asked_by="Mia Miller",
    )


def a_stock_is_only_sold_from_now_on(firm: Firm) -> None:
    stock = Security.objects.get(symbol="ZEX")
    page = firm.cora.opens(f"/securities/{stock.pk}/edit/")
    typed(page, "Edit a security", trading="sell_only", reason="It is being taken over.")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (a_policy_is_renewed, "Version 2 of the policy took effect on Nov 24, 2026."),
        (a_version_of_the_model_is_published, "Version 2 of the model Balanced took effect on Nov 24, 2026."),
        (a_client_asks_for_something, "“Never buy: ZUB” counts from Nov 24, 2026."),
        (a_stock_is_only_sold_from_now_on, "ZEX: whether it is traded changed."),
    ],
    ids=["policy", "model", "restriction", "security"],
)
def test_a_change_calls_for_a_look_at_whom_it_concerns(
    firm: Firm, changes: Callable[[Firm], None], says: str
) -> None:
    changes(firm)

    # The next scan looks at the Millers, although no look is due before November, and says why.
    closes(firm, TUESDAY, stock="84", finds="in_band", **kept(TUESDAY))
    told(firm, TUESDAY, says, trigger="record_changed")

    # The Harts are left in peace, and on the day after so are the Millers.
    assert outcome_of_the_harts(TUESDAY) == "not_due"
    assert says not in firm.ana.opens(f"/households/{harts().public_id}/timeline/").text
    closes(firm, WEDNESDAY, stock="84", finds="not_due", **kept(WEDNESDAY))
    not_told(firm, WEDNESDAY, trigger="record_changed")


def harts() -> Household:
    return Household.objects.get(code="hart")
