"""A released proposal ends in a state that is true: a function of its orders, written when the last of them ended."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from compliance.actions import Action
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from rebalancing.execution import untraded
from rebalancing.execution.reports import Kind
from rebalancing.fills import fills
from rebalancing.models import OrderBatch, Proposal, ScanRun
from rebalancing.pages.lists import overnight
from rebalancing.proposals import ends
from rebalancing.scans import readings, scans
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.released import IN_SESSION, blocks, told
from tests.pages import as_

RECORD = "orders at the custodian"
SYSTEM = Actor.system("timetable")


@pytest.mark.parametrize(
    ("orders", "state"),
    [
        ("", "released"),
        ("filled working", "released"),
        ("filled partly_filled", "released"),
        ("filled filled", "filled"),
        ("filled rejected", "part_filled"),
        ("part_filled", "part_filled"),
        ("rejected rejected", "not_traded"),
        ("rejected canceled expired", "not_traded"),
        ("canceled held", "released"),
    ],
)
def test_the_state_follows_from_the_orders_alone(orders: str, state: str) -> None:
    rows: Any = [
        SimpleNamespace(
            state=one, filled_quantity=1 if one in ("filled", "part_filled", "partly_filled") else 0
        )
        for one in orders.split()
    ]
    assert ends.state_of(rows) == state


def end(side: str, kind: Kind, *, filled: str = "", exec_id: str = "") -> None:
    block = blocks()[side]
    if filled:
        fills.take(told(block, Kind.FILL, f"{side}-f{exec_id}", filled, "99.50"), at=IN_SESSION)
    if kind is not Kind.FILL:
        fills.take(told(block, kind, f"{side}-e{exec_id}", minute=9), at=IN_SESSION)


def state() -> str:
    return str(Proposal.objects.get().state)


@pytest.mark.django_db
class TestOnRecord:
    def test_it_is_released_while_one_order_is_open(self) -> None:
        end("sell", Kind.REJECTED)
        assert state() == "released"
        end("buy", Kind.CANCELED)
        assert state() == "not_traded"

    def test_a_part_is_told_as_a_part(self) -> None:
        end("sell", Kind.DONE_FOR_DAY, filled="100")
        end("buy", Kind.EXPIRED)
        assert state() == "part_filled"

    def test_all_of_it_is_filled(self) -> None:
        for side, block in blocks().items():
            end(side, Kind.FILL, filled=f"{block.quantity.normalize():f}")
        assert state() == "filled"
        assert OrderBatch.objects.get().state == "done"
        assert audit.verify().is_intact

    def test_a_bust_after_the_end_says_so(self) -> None:
        sale = blocks()["sell"]
        end("buy", Kind.REJECTED)
        end("sell", Kind.DONE_FOR_DAY, filled="100")
        assert state() == "part_filled"
        fills.take(told(sale, Kind.BUSTED, "b", corrects="sell-f", minute=60), at=IN_SESSION)
        assert state() == "not_traded"

    def test_what_a_trader_says_ends_it_too(self) -> None:
        for block in blocks().values():
            untraded.say(
                block, how="expired", reason="Nobody bid.", by=Actor.person(cast.tom()), at=IN_SESSION
            )
        assert state() == "not_traded"
        last = audit.trail(about=Proposal.objects.get()).filter(action=Action.PROPOSAL_ENDED).get()
        assert "Nobody bid" in last.facts

    def test_the_same_report_twice_writes_one_line(self) -> None:
        for _ in range(2):
            end("sell", Kind.REJECTED)
            end("buy", Kind.REJECTED)
        lines = audit.trail(about=Proposal.objects.get()).filter(action=Action.PROPOSAL_ENDED)
        assert lines.count() == 1

    @pytest.mark.parametrize("lie", ["filled", "part_filled"])
    def test_the_database_refuses_a_state_that_the_orders_do_not_bear_out(self, lie: str) -> None:
        end("sell", Kind.REJECTED)
        end("buy", Kind.REJECTED)
        with pytest.raises(IntegrityError, match="its orders are not_traded"), transaction.atomic():
            Proposal.objects.update(state=lie)
        Proposal.objects.update(state="released")
        assert any("orders not_traded" in str(one) for one in audit.verify().faults)

    def test_a_household_can_be_proposed_to_again_and_has_one_live_proposal(self) -> None:
        end("sell", Kind.REJECTED)
        end("buy", Kind.REJECTED)
        run = scans.start(
            scan=ScanRun.Scan.REQUESTED,
            market_on=LAST_FRIDAY,
            code_version="test",
            user_id=None,
            by=SYSTEM,
            at=SUNDAY_NOON,
        )
        scans.work(worker="here", now=lambda: SUNDAY_NOON, do=readings.read, run=run, households_max=9)

        assert Proposal.objects.filter(state__in=Proposal.OPEN_STATES).count() == 1
        again = (
            "UPDATE rebalancing_proposal SET state = 'approved', closed_at = NULL WHERE state = 'not_traded'"
        )
        with (
            pytest.raises(IntegrityError, match="one_open_proposal_a_household"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(again)

    def test_pages_list_filter_and_api_say_how_it_ended(self) -> None:
        end("sell", Kind.DONE_FOR_DAY, filled="100")
        end("buy", Kind.REJECTED)
        proposal = Proposal.objects.get()
        ana = as_(cast.ana())
        page = ana.get(reverse("rebalancing:proposal", args=[proposal.public_id])).content.decode()
        assert "Part filled" in page
        assert "were filled in part" in page
        assert "orders did not trade in full" in page
        listed = ana.get(reverse("rebalancing:proposal_list"), {"state": "part_filled"}).content.decode()
        assert proposal.public_id in listed
        assert "part_filled" in ana.get("/api/v1/proposals/?state=part_filled").content.decode()
        assert next(one.kind for one in overnight.show(cast.ana(), at=IN_SESSION).rows) == "part_filled"
