"""Money due, holds and life events through their doors: in the browser, for programs, as lists and with history."""

from __future__ import annotations

import pytest

from clients.models import Account, CashFlow, CashFlowRule, Hold, LifeEvent
from tests import cast
from tests.factories.at_doors import acted, door
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk(db: None) -> Desk:
    return a_desk()


def a_need(desk: Desk, amount: str = "250000") -> CashFlow:
    account = Account.objects.get(tax_treatment="taxable")
    acted(
        desk.ana, door("cash_need_add", desk.household.public_id), account=account.public_id, kind="withdrawal",
        amount=amount, due_on="2026-12-10", note="Roof",
    )  # fmt: skip
    return CashFlow.objects.get(replaces=None)


def test_a_cash_need_is_added_corrected_and_cancelled(desk: Desk) -> None:
    typed = a_need(desk)
    values = {
        "account": typed.account.public_id,
        "kind": "withdrawal",
        "due_on": "2026-12-10",
        "note": "Roof",
    }

    acted(desk.ana, door("cash_need_correct", typed.public_id), amount="25000", **values)
    fixed = CashFlow.objects.get(replaces=typed)
    acted(desk.ana, door("cash_need_cancel", fixed.public_id), reason="No roof.")

    fixed.refresh_from_db()
    assert (f"{fixed.amount:f}", fixed.is_open, fixed.cancel_reason) == ("-25000.00", False, "No roof.")
    page = page_of(as_(desk.rui).get(door("cash_need", fixed.public_id)))
    assert [event.sentence for event in page.events] == [
        "Cash need cancelled", "Cash need corrected", "Cash need added",
    ]  # fmt: skip
    assert page.events[1].note == "amount: -250000.00 → -25000"
    assert (page.state, page.doors) == ("Cancelled", ())
    old = page_of(as_(desk.rui).get(door("cash_need", typed.public_id)))
    assert old.newer_url == door("cash_need", fixed.public_id)


def test_a_check_page_shows_what_a_correction_changes(desk: Desk) -> None:
    typed = a_need(desk)
    address = door("cash_need_correct", typed.public_id)
    ana = as_(desk.ana)
    seen = ana.get(address).context["page"].seen

    check = page_of(
        ana.post(
            address,
            {
                "account": typed.account.public_id, "kind": "withdrawal", "amount": "25000", "due_on": "2026-12-10",
                "note": "Roof", "door_seen": seen,
            },
        )
    )  # fmt: skip

    assert [(line.label, line.before, line.after) for line in check.lines if line.is_change] == [
        ("Amount", "250,000.00", "25,000")
    ]
    assert CashFlow.objects.count() == 1


def test_what_is_settled_has_no_door(desk: Desk) -> None:
    flow = a_need(desk)
    acted(desk.ana, door("cash_need_done", flow.public_id), done_on="2026-11-20")

    again = as_(desk.ana).post(door("cash_need_cancel", flow.public_id), {"reason": "x"})

    assert (again.status_code, "was done on Nov 20, 2026" in words_of(again)) == (403, True)
    assert page_of(as_(desk.ana).get(door("cash_need_list"))).rows == ()


def test_a_recurring_need_is_begun_changed_and_ended(desk: Desk) -> None:
    account = Account.objects.get(tax_treatment="tax_deferred")
    values = {
        "account": account.public_id, "kind": "distribution", "every": "month", "moved": "before",
    }  # fmt: skip
    acted(
        desk.ana, door("recurring_cash_add", desk.household.public_id), amount="3000", starts_on="2026-12-15",
        **values,
    )  # fmt: skip
    rule = CashFlowRule.objects.get()
    assert [flow.due_on.isoformat() for flow in rule.flows.all()] == [
        "2026-12-15",
        "2027-01-15",
        "2027-02-12",
    ]

    acted(
        desk.ana, door("recurring_cash_change", rule.public_id), amount="3500", starts_on="2027-01-31",
        is_last_day="on", **values,
    )  # fmt: skip
    changed = CashFlowRule.objects.get(replaces=rule)
    assert (changed.day, [f"{flow.amount:f}" for flow in changed.flows.all()]) == (
        31,
        ["-3500.00", "-3500.00"],
    )
    acted(
        desk.ana, door("recurring_cash_end", changed.public_id), since="2027-02-01", reason="She works again."
    )

    # January 31 is a Sunday, and no day of the changed rule falls before its first.
    still = CashFlow.objects.filter(done_on=None, cancelled_at=None).order_by("due_on")
    assert [flow.due_on.isoformat() for flow in still] == ["2026-12-15", "2027-01-15", "2027-02-01"]
    assert page_of(as_(desk.ana).get(door("recurring_cash", changed.public_id))).state == "Ended"


def test_a_hold_is_renewed_and_corrected(desk: Desk) -> None:
    acted(
        desk.ana, door("hold_place", desk.household.public_id), kind="advisor", place="household",
        reason="A house.", expires_on="2026-12-01",
    )  # fmt: skip
    placed = Hold.objects.get()

    acted(desk.tom, door("hold_renew", placed.public_id), reason="A house.", expires_on="2027-01-20")
    renewed = Hold.objects.get(replaces=placed)
    acted(desk.ana, door("hold_change", renewed.public_id), reason="A houseboat.", expires_on="2027-01-20")

    page = page_of(as_(desk.rui).get(door("hold", Hold.objects.get(replaces=renewed).public_id)))
    assert [event.sentence for event in page.events] == ["Hold corrected", "Hold renewed", "Hold placed"]
    assert [row[0][1].text for row in page_of(as_(desk.ana).get(door("hold_list"))).rows] == ["Jan 20, 2027"]


def test_a_legal_hold_is_for_compliance(desk: Desk) -> None:
    place = door("hold_place", desk.household.public_id)
    refused = as_(desk.ana).post(
        place, {"kind": "legal", "place": "household", "reason": "A subpoena.", "expires_on": "2026-12-01"}
    )
    assert refused.status_code == 422
    acted(cast.cora(), place, kind="legal", place="household", reason="A subpoena.", expires_on="2026-12-01")
    hold = Hold.objects.get()

    for name in ("hold_renew", "hold_change"):
        answer = as_(desk.ana).get(door(name, hold.public_id))
        assert (answer.status_code, "is the concern of compliance" in words_of(answer)) == (403, True)
    lifted = as_(desk.ana).post(door("hold_lift", desk.household.public_id, hold.public_id))
    assert lifted.status_code == 403


def test_a_life_event_is_recorded_corrected_resolved_or_taken_back(desk: Desk) -> None:
    record = door("life_event_record", desk.household.public_id)
    acted(desk.ana, record, kind="job_loss", opened_on="2026-11-16", note="Laid off.")
    event = LifeEvent.objects.get()
    late = as_(desk.ana).post(record, {"kind": "death", "opened_on": "2026-12-01"})
    assert (late.status_code, "still to come" in words_of(late)) == (422, True)

    acted(desk.ana, door("life_event_correct", event.public_id), kind="retirement", opened_on="2026-11-16")
    fixed = LifeEvent.objects.get(replaces=event)
    acted(
        desk.ana, door("life_event_resolve", fixed.public_id), resolved_on="2026-11-22", reason="Planned for."
    )
    fixed.refresh_from_db()
    assert (fixed.resolution, fixed.is_open) == ("Planned for.", False)

    acted(desk.ana, record, kind="marriage", opened_on="2026-11-16")
    wrong = LifeEvent.objects.get(kind="marriage")
    acted(desk.ana, door("life_event_cancel", wrong.public_id), reason="It was her sister.")
    wrong.refresh_from_db()
    assert wrong.cancel_reason == "It was her sister."
    everything = page_of(as_(desk.rui).get(door("life_event_list"), {"state": "any"}))
    assert sorted(row[-1][1].text for row in everything.rows) == ["Resolved", "Taken back", "Taken back"]


LISTS = ("cash_need_list", "recurring_cash_list", "hold_list", "life_event_list")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_for_the_desk_and_shows_only_the_own_book(desk: Desk, name: str) -> None:
    assert page_of(as_(desk.ana).get(door(name))).title
    assert as_(cast.carl()).get(door(name)).status_code == 403
    assert as_(cast.ada()).get(door(name)).status_code == 403


@pytest.mark.parametrize("query", ["state=x", "ordering=x", "export=x", "advisor=x", "typo=1"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_refuses_what_it_does_not_know(desk: Desk, name: str, query: str) -> None:
    assert as_(desk.ana).get(f"{door(name)}?{query}").status_code == 422


def test_the_list_of_money_due_is_filtered_and_taken_as_a_file(desk: Desk) -> None:
    a_need(desk)
    client = as_(desk.ana)

    assert len(page_of(client.get(door("cash_need_list"), {"state": "open"})).rows) == 1
    assert page_of(client.get(door("cash_need_list"), {"state": "overdue"})).rows == ()
    mine = page_of(client.get(door("cash_need_list"), {"advisor": str(desk.ana.pk)}))
    others = page_of(client.get(door("cash_need_list"), {"advisor": str(desk.rui.pk)}))
    assert (len(mine.rows), len(others.rows)) == (1, 0)
    file = client.get(door("cash_need_list"), {"export": "csv"}).content.decode().splitlines()
    assert file[1].startswith("2026-12-10,Miller,miller,")
    assert ",withdrawal,-250000.00,Roof,no,,," in file[1]
    stranger = page_of(as_(cast.rosa()).get(door("cash_need_list")))
    assert stranger.rows == ()


def test_a_program_adds_reads_corrects_and_cancels(desk: Desk) -> None:
    client = as_(desk.ana)
    account = Account.objects.get(tax_treatment="taxable")
    body = {"account": account.public_id, "kind": "withdrawal", "amount": "900", "due_on": "2026-12-22"}

    made = client.post(
        f"/api/v1/households/{desk.household.public_id}/cash-need/", body, content_type="application/json"
    )
    assert made.status_code == 201
    one = f"/api/v1/cash-needs/{made.json()['id']}/"
    assert client.get(one).json()["amount"] == "-900.00"
    tag = client.get(f"{one}correct/")["ETag"]
    fixed = client.post(
        f"{one}correct/", {"amount": "950"}, content_type="application/json", headers={"If-Match": tag}
    )
    assert fixed.status_code == 200
    other = f"/api/v1/cash-needs/{fixed.json()['id']}/"
    assert (
        client.post(f"{other}cancel/", {"reason": "Paid."}, content_type="application/json").status_code
        == 200
    )
    assert client.get(other).json()["cancel_reason"] == "Paid."
    assert client.get("/api/v1/cash-needs/?state=open").json()["count"] == 0
    assert client.get("/api/v1/cash-needs/").json()["count"] == 2
    assert as_(cast.rosa()).get(other).status_code == 404
    assert as_(cast.hal()).get(other).status_code == 404
