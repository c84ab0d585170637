"""What is asked of a block at the minute at which it would leave, whenever it was released."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from clients.models import Security, TradingHalt
from clients.registers import market_facts, register
from clients.securities.securities import issuers_on_record
from compliance import restrictions
from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.models import ListKind
from compliance.people.actors import Actor
from compliance.refusals import Conflict
from rebalancing.execution import closing, orders
from rebalancing.models import Block
from tests import cast
from tests.clock import MONDAY, MONDAY_NOON, SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.households import SET_UP
from tests.factories.trading import Floor, a_floor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
DESK = Actor.system("orders")


def at(clock: str) -> datetime:
    """A minute of Monday in New York."""
    return datetime.fromisoformat(f"{MONDAY}T{clock}:00-05:00")


@pytest.fixture
def floor() -> Floor:
    """What is released at eleven leaves at noon."""
    firm_settings.decided(order_figures.RELEASE_DELAY, 60)
    return a_floor(1)


def one_that_waits(floor: Floor) -> Block:
    block = floor.release(at=at("11:00")).blocks.get(side="sell")
    assert block.state == "held"
    return block


def goes(block: Block, moment: datetime) -> tuple[str, str]:
    closing.leave_due(by=DESK, at=moment)
    block.refresh_from_db()
    return block.state, block.held_reason


def halted(block: Block) -> TradingHalt:
    values = {
        **dict.fromkeys(market_facts.HALTS.columns), "security": block.security, "kind": "halt",
        "starts_at": at("11:30"), "source": "The exchange's notice",
    }  # fmt: skip
    row: TradingHalt = register.enter(market_facts.HALTS, values, user_id=None, by=SET_UP, at=SUNDAY_NOON)
    return row


def test_a_halt_since_its_release_keeps_it(floor: Floor) -> None:
    block = one_that_waits(floor)
    row = halted(block)
    state, why = goes(block, MONDAY_NOON)
    assert (state, f"{block.security.symbol}: trading halt" in why) == ("held", True)
    register.end(market_facts.HALTS, row, reason="It trades again.", user_id=None, by=SET_UP, at=SUNDAY_NOON)
    assert goes(block, MONDAY_NOON)[0] == "ready"


def test_the_firms_list_since_its_release_keeps_it(floor: Floor) -> None:
    block = one_that_waits(floor)
    Security.objects.filter(pk=block.security_id).update(issuer="Invented Trust")
    restrictions.place(
        "Invented Trust", kind=ListKind.RESTRICTED, starts_on=MONDAY, ends_on=None, reason="A merger.",
        on_record=issuers_on_record(), unmatched=False, by=Actor.person(cast.cora()), at=SUNDAY_NOON,
    )  # fmt: skip
    state, why = goes(block, MONDAY_NOON)
    assert (state, "restricted list" in why) == ("held", True)


def test_a_file_is_not_handed_out_while_its_security_is_halted() -> None:
    floor = a_floor(1)
    release = floor.release()
    halted(release.blocks.get(side="sell"))
    with pytest.raises(Conflict, match="trading halt"):
        orders.mark_exported(release.files.get(kind="orders"), by=floor.by_tom, at=MONDAY_NOON)


@pytest.mark.parametrize(
    ("clock", "volume", "leaves"),
    [
        ("12:00", "1000", True),
        ("15:25", "1000", True),
        ("15:35", "1000", False),
        ("15:35", "90000000", True),
        ("15:50", "90000000", False),
    ],
)
def test_the_end_of_a_session_is_left_out_and_more_of_it_for_what_is_illiquid(
    floor: Floor, clock: str, volume: str, *, leaves: bool
) -> None:
    block = one_that_waits(floor)
    Security.objects.filter(pk=block.security_id).update(
        daily_volume=Decimal(volume), half_spread=Decimal("0.0001")
    )
    state, why = goes(block, at(clock))
    assert state == ("ready" if leaves else "held")
    if not leaves:
        assert "goes in the next" in why
        assert block.trade_on == MONDAY + timedelta(days=1)
        assert block.send_at == at("09:45") + timedelta(days=1)
    assert audit.verify().is_intact
