"""Many approved proposals in one release: a block for each custodian, security and side, whatever is refused or killed."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction

from compliance.audit_trail import audit
from compliance.firm import order_figures
from compliance.people.actors import Actor
from compliance.refusals import Conflict, NotAllowed
from rebalancing.doors.orders import Lift
from rebalancing.execution import cancels, closing, orders, releases, trading_stops
from rebalancing.models import BatchFile, Block, Order, OrderBatch, Proposal, Release, ReleaseRow
from rebalancing.proposals import bindings, proposals
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories import firm_settings
from tests.factories.trading import Floor, a_floor

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def floor() -> Floor:
    return a_floor(3)


def test_three_households_are_one_block_a_side_and_one_set_of_files(floor: Floor) -> None:
    release = floor.release()

    blocks = list(release.blocks.order_by("-side"))
    assert [(one.side, one.security.symbol, one.state) for one in blocks] == [
        ("sell", "ZUS", "ready"),
        ("buy", "ZBD", "ready"),
    ]
    for block in blocks:
        assert block.quantity == sum(one.quantity for one in block.orders.all())
        assert block.orders.count() == 3
        assert block.allocation_sha256 == hashlib.sha256(block.allocation_statement.encode()).hexdigest()
        assert block.allocation_written_at is not None
        assert block.sent_at is None
    assert {file.kind for file in release.files.all()} == {"orders", "allocations"}, (
        "sales in IRAs name no lots"
    )
    sheet = release.files.get(kind=BatchFile.Kind.ORDERS).content
    assert sheet.count("\n") == 1 + Order.objects.count() == 7
    assert [row.outcome for row in release.rows.all()] == ["released"] * 3
    assert list(bindings.faults()) == []
    assert audit.verify().is_intact


def test_what_is_refused_says_why_and_the_others_go(floor: Floor) -> None:
    withdrawn, revised, _ = floor.proposals
    chosen = floor.chosen
    proposals.withdraw(withdrawn, reason="The client called.", by=Actor.person(floor.rui), at=SUNDAY_NOON)
    chosen[1] = (revised, "0" * 64)

    release = releases.start(chosen, by=floor.by_tom, at=SUNDAY_NOON)
    release = releases.carry_on(release, by=floor.by_tom, now=lambda: SUNDAY_NOON)

    told = {row.proposal_id: (row.outcome, row.code, row.sentence) for row in release.rows.all()}
    assert told[withdrawn.pk][:2] == ("refused", "conflict")
    assert "withdrawn; only approved ones are released" in told[withdrawn.pk][2]
    assert told[revised.pk] == (
        "refused",
        "stale",
        "There is a newer revision than the one that was chosen.",
    )
    assert OrderBatch.objects.count() == 1
    assert all(block.orders.count() == 1 for block in release.blocks.all())


@pytest.mark.parametrize("killed_after", [0, 1, 2, 3])
def test_a_release_killed_at_any_household_is_finished_by_the_next_run(
    floor: Floor, killed_after: int
) -> None:
    release, real = floor.start(), orders.release_into
    done: list[int] = []

    def until_killed(*args: object, **kwargs: object) -> OrderBatch:
        if len(done) == killed_after:
            raise KeyboardInterrupt
        done.append(1)
        return real(*args, **kwargs)  # type: ignore[arg-type]

    with (
        mock.patch.object(orders, "release_into", until_killed),
        mock.patch.object(closing, "close", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        releases.carry_on(release, by=floor.by_tom, now=lambda: SUNDAY_NOON)
    assert OrderBatch.objects.count() == killed_after
    assert not Block.objects.exclude(state=Block.State.GATHERING).exists()

    for _ in range(2):
        releases.carry_on_all(now=lambda: SUNDAY_NOON, until=SUNDAY_NOON.replace(hour=18))

    release.refresh_from_db()
    assert release.state == Release.State.CLOSED
    assert OrderBatch.objects.count() == 3
    assert release.blocks.count() == 2
    assert {block.orders.count() for block in release.blocks.all()} == {3}
    assert release.files.count() == 2


def test_only_a_trader_starts_a_release(floor: Floor) -> None:
    with pytest.raises(NotAllowed):
        releases.start(floor.chosen, by=Actor.person(floor.rui), at=SUNDAY_NOON)
    assert not Release.objects.exists()


def test_with_a_delay_nothing_leaves_until_it_is_over(floor: Floor) -> None:
    firm_settings.decided(order_figures.RELEASE_DELAY, 30)
    release = floor.release()

    assert {block.state for block in release.blocks.all()} == {"held"}
    assert {one.state for one in Order.objects.all()} == {"held"}
    assert not release.files.exists()
    assert closing.leave_due(by=Actor.system("orders"), at=SUNDAY_NOON) == 0

    buys = release.blocks.get(side="buy")
    cancels.cancel(buys, reason="Too early.", by=floor.by_tom, at=SUNDAY_NOON)
    later = release.send_at
    assert closing.leave_due(by=Actor.system("orders"), at=later) == 1
    assert closing.leave_due(by=Actor.system("orders"), at=later) == 0
    assert {block.side: block.state for block in release.blocks.all()} == {"sell": "ready", "buy": "canceled"}
    assert "ZBD" not in release.files.get(kind="orders").content
    assert set(Order.objects.filter(side="buy").values_list("state", "end_reason")) == {
        ("canceled", "Too early.")
    }
    assert audit.verify().is_intact


def test_a_cancel_before_the_download_makes_the_files_anew(floor: Floor) -> None:
    release = floor.release()
    old = release.files.get(kind="orders")
    cancels.cancel(release.blocks.get(side="buy"), reason="No.", by=floor.by_tom, at=SUNDAY_NOON)

    new = release.files.get(kind="orders", version=2)
    assert "ZBD" in old.content
    assert "ZBD" not in new.content
    with pytest.raises(Exception, match="no longer goes out"):
        orders.mark_exported(old, by=floor.by_tom, at=SUNDAY_NOON)
    orders.mark_exported(new, by=floor.by_tom, at=SUNDAY_NOON)
    sells = release.blocks.get(side="sell")
    assert (sells.state, sells.sent_at) == ("exported", SUNDAY_NOON)
    with pytest.raises(Exception, match="a file cannot be called back"):
        cancels.cancel(sells, reason="Too late.", by=floor.by_tom, at=SUNDAY_NOON)


def test_a_stop_holds_back_what_has_not_left_and_refuses_what_is_new(floor: Floor) -> None:
    firm_settings.decided(order_figures.RELEASE_DELAY, 30)
    release = floor.release()
    account = Order.objects.order_by("pk")[0].account
    stop = trading_stops.place("account", account=account, reason="A query.", by=floor.by_tom, at=SUNDAY_NOON)

    closing.leave_due(by=Actor.system("orders"), at=release.send_at)
    held = set(release.blocks.filter(orders__account=account).values_list("state", flat=True))
    assert held == {"held"}

    trading_stops.lift(stop, reason="Answered.", by=Actor.person(cast.cora()), at=SUNDAY_NOON)
    closing.leave_due(by=Actor.system("orders"), at=release.send_at)
    assert {block.state for block in release.blocks.all()} == {"ready"}


def test_a_file_with_a_stopped_block_is_not_handed_out(floor: Floor) -> None:
    release = floor.release()
    file = release.files.get(kind="orders")
    account = Order.objects.order_by("pk")[0].account
    stop = trading_stops.place("account", account=account, reason="A query.", by=floor.by_tom, at=SUNDAY_NOON)

    with pytest.raises(Conflict, match="Trading is stopped for account"):
        orders.mark_exported(file, by=floor.by_tom, at=SUNDAY_NOON)
    assert {block.state for block in release.blocks.all()} == {"ready"}

    trading_stops.lift(stop, reason="Answered.", by=Actor.person(cast.cora()), at=SUNDAY_NOON)
    orders.mark_exported(file, by=floor.by_tom, at=SUNDAY_NOON)
    assert {block.state for block in release.blocks.all()} == {"exported"}


def test_what_is_stopped_is_not_stopped_twice_and_its_lift_says_which_stop_it_is(floor: Floor) -> None:
    stop = trading_stops.place("firm", reason="A query.", by=floor.by_tom, at=SUNDAY_NOON)
    with pytest.raises(Conflict, match="stopped already"):
        trading_stops.place("firm", reason="Another.", by=floor.by_tom, at=SUNDAY_NOON)
    assert list(trading_stops.in_force()) == [stop]

    form = Lift({}, subject=stop, user=cast.cora(), on=SUNDAY_NOON.date())
    ((_, before, _),) = form.follows()
    assert (str(stop), "stopped for the whole firm" in before, "A query." in before) == (
        "the whole firm",
        True,
        True,
    )


def test_a_firm_that_is_stopped_releases_nothing(floor: Floor) -> None:
    trading_stops.place("firm", reason="A fat finger.", by=floor.by_tom, at=SUNDAY_NOON)

    release = floor.release()

    assert {(row.outcome, row.code) for row in release.rows.all()} == {("refused", "trading-stopped")}
    assert not release.blocks.exists()
    assert Proposal.objects.filter(state="approved").count() == 3


def test_whoever_exceeds_the_days_share_goes_on_in_the_next_session(floor: Floor) -> None:
    one = proposals.current(floor.proposals[0]).orders.get(side="sell")
    type(one.security).objects.filter(pk=one.security_id).update(daily_volume=one.quantity * 15)

    release = floor.release()

    assert [row.outcome for row in release.rows.all()] == ["released"] * 3
    first, second = release.blocks.filter(side="sell").order_by("trade_on")[:2]
    assert first.quantity == Decimal(one.quantity * 15) // 10
    assert second.trade_on > first.trade_on


EDITS = {
    "terms of a block that is ready": "UPDATE rebalancing_block SET quantity = quantity + 1",
    "a block filled beyond its size": "UPDATE rebalancing_block SET filled_quantity = quantity + 1, average_price = 1",
    "a block filled without a fill": "UPDATE rebalancing_block SET state = 'filled', ended_at = now(), sent_at = now()",
    "a fill without a price": "UPDATE rebalancing_block SET filled_quantity = 1, state = 'partly_filled', sent_at = now()",
    "a block gone": "DELETE FROM rebalancing_block",
    "an order of another block": "UPDATE rebalancing_order SET block_id = (SELECT max(id) FROM rebalancing_block)",
    "an order filled beyond its size": "UPDATE rebalancing_order SET filled_quantity = quantity + 1, average_price = 1",
    "an order that ended without a moment": "UPDATE rebalancing_order SET state = 'expired'",
    "sent before the statement": "UPDATE rebalancing_block SET sent_at = allocation_written_at - interval '1 day', state = 'exported'",
}


@pytest.mark.parametrize("sql", EDITS.values(), ids=EDITS.keys())
def test_the_database_refuses_what_must_never_be(floor: Floor, sql: str) -> None:
    floor.release()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_order_of_households_is_drawn_for_each_release(floor: Floor) -> None:
    first = floor.start()
    again = floor.start()
    for release in (first, again):
        assert sorted(release.rows.values_list("position", flat=True)) == [1, 2, 3]
    assert ReleaseRow.objects.count() == 6
    assert Decimal(first.rows.count()) == 3
