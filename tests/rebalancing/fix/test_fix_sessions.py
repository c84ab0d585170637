"""FIX sessions at their doors and on their pages: who may, who else must agree, and what is never shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from compliance.actions import Action
from compliance.models import AuditEvent, Review
from rebalancing.fix import inbox
from rebalancing.models import FixInbox, FixOutbox, FixSession
from tests import cast
from tests.factories import fix_messages
from tests.factories.at_doors import acted
from tests.factories.fix_messages import AT, fill, raw
from tests.pages import as_

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]

TYPED = {
    "name": "Broker", "custodian": "schwab", "heartbeat_seconds": "30", "host": "fix.example.com", "port": "9880",
    "uses_tls": "on", "our_comp_id": "EVENKEEL", "their_comp_id": "BROKER", "block_account": "BLOCK123456",
}  # fmt: skip


def test_a_trader_adds_a_session_and_nothing_connects_until_somebody_else_enables_it() -> None:
    acted(cast.tom(), at("fix_session_make"), **TYPED)
    row = FixSession.objects.get()
    assert (row.is_enabled, row.uses_tls, row.block_account) == (False, True, "BLOCK123456")

    acted(cast.tom(), at("fix_session_enable", row))
    row.refresh_from_db()
    assert not row.is_enabled
    review = Review.objects.latest("pk")
    assert decide(cast.tom(), review).status_code == 403

    decide(cast.cora(), review)

    row.refresh_from_db()
    assert row.is_enabled
    assert trail() == [Action.FIX_SESSION_MADE, Action.FIX_SESSION_ENABLED]
    assert "BLOCK123456" not in str(AuditEvent.objects.values_list("facts", flat=True))


def test_a_new_address_and_a_reset_need_a_second_person() -> None:
    row = fix_messages.session(block_account="BLOCK123456")
    moved = {"host": "fix.example.com", "port": "9880", "uses_tls": "on", "our_comp_id": "EVENKEEL",
             "their_comp_id": "BROKER", "block_account": "…3456"}  # fmt: skip

    acted(cast.tom(), at("fix_session_readdress", row), **moved)
    row.refresh_from_db()
    assert row.host == "127.0.0.1"
    decide(cast.cora(), Review.objects.latest("pk"))
    acted(cast.tom(), at("fix_session_reset", row), reason="The broker has begun again.")
    decide(cast.cora(), Review.objects.latest("pk"))

    row.refresh_from_db()
    assert (row.host, row.block_account, row.is_reset_wanted) == ("fix.example.com", "BLOCK123456", True)


def test_orders_leave_this_machine_encrypted_only() -> None:
    answer = acted(cast.tom(), at("fix_session_make"), **{**TYPED, "uses_tls": ""})

    assert answer.status_code == 422
    assert "Orders leave this machine encrypted only." in answer.content.decode()
    assert not FixSession.objects.exists()


def test_logging_off_and_on_and_disabling_are_the_traders_alone() -> None:
    row = fix_messages.session()

    acted(cast.tom(), at("fix_session_log_off", row))
    row.refresh_from_db()
    assert (row.is_enabled, row.is_wanted) == (True, False)
    acted(cast.tom(), at("fix_session_log_on", row))
    acted(cast.tom(), at("fix_session_disable", row), reason="The broker moves.")
    acted(cast.tom(), at("fix_session_retire", row), reason="The firm has left it.")

    row.refresh_from_db()
    assert (row.is_enabled, row.is_wanted, row.retired_at is not None) == (False, True, True)
    assert as_(cast.tom()).get(at("fix_session_log_on", row)).status_code == 403


@pytest.mark.parametrize("name", ["fix_sessions", "fix_session_make"])
def test_an_advisor_has_no_business_here(name: str) -> None:
    assert as_(cast.ana()).get(at(name)).status_code == 403


def test_the_pages_show_what_waits_and_mask_account_numbers() -> None:
    row = fix_messages.session(block_account="BLOCK123456", last_error="MsgSeqNum too low")
    fix_messages.outbox_row(row)
    fix_messages.outbox_row(row, "BL-2", withheld_at=AT, withheld_reason="Canceled before it was sent.")
    inbox.keep(row.pk, epoch=1, number=2, kind="8", raw=raw("8", fill("X1", t1="99887766")), at=AT)

    listed = as_(cast.tom()).get(at("fix_sessions")).content.decode()
    shown = as_(cast.tom()).get(at("fix_session", row)).content.decode()
    told = as_(cast.tom()).get("/api/v1/fix/").json()["results"][0]

    assert "0 of 1 session logged on" in listed
    assert "MsgSeqNum too low" in listed
    assert (told["to_take"], told["to_send"], told["withheld"], told["set_aside"]) == (1, 1, 1, 0)
    assert "Canceled before it was sent." in shown
    assert "1=…7766" in shown
    assert "99887766" not in shown + listed
    assert "BLOCK123456" not in shown + listed


def test_a_retired_session_keeps_its_messages() -> None:
    row = fix_messages.session(is_enabled=False)
    fix_messages.outbox_row(row)

    refused = acted(cast.tom(), at("fix_session_retire", row), reason="The firm has left it.")

    assert "Messages of this session still wait." in refused.content.decode()
    assert FixOutbox.objects.count() == 1


def test_a_message_that_was_set_aside_is_taken_again_or_dealt_with() -> None:
    session = fix_messages.session()
    for number in (2, 3):
        inbox.set_aside(
            session.pk, epoch=1, number=number, raw="35=8\x01", why="Set aside: unreadable.", at=AT
        )
    first, second = FixInbox.objects.order_by("number")

    acted(cast.tom(), reverse("rebalancing:fix_message_again", args=[first.public_id]))
    acted(cast.tom(), reverse("rebalancing:fix_message_settle", args=[second.public_id]), reason="By hand.")

    first, second = FixInbox.objects.order_by("number")
    assert (first.done_at, first.trouble) == (None, "")
    assert (second.settle_reason, second.settled_by) == ("By hand.", cast.tom())
    told = as_(cast.tom()).get("/api/v1/fix/").json()["results"][0]
    assert (told["to_take"], told["set_aside"]) == (1, 0)


def at(name: str, row: FixSession | None = None) -> str:
    return reverse(f"rebalancing:{name}", args=[row.public_id] if row is not None else [])


def decide(person: Any, review: Review) -> Any:
    typed = {"seen": review.fingerprint, "verdict": "approved", "text": ""}
    return as_(person).post(f"/reviews/{review.public_id}/", typed)


def trail() -> list[str]:
    return list(
        AuditEvent.objects.filter(action__startswith="fix_session")
        .order_by("pk")
        .values_list("action", flat=True)
    )
