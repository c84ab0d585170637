"""Accounts and tax lots through their doors: by hand from opening to closing, and lots corrected by two people."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import Account, LotCorrection, TaxLot
from compliance.audit_trail import audit
from compliance.models import Review
from rebalancing.proposals import proposals, staleness
from tests import cast
from tests.clock import SUNDAY_NOON
from tests.factories.at_doors import acted, door
from tests.factories.desk import Desk, a_desk
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def desk(db: None) -> Desk:
    return a_desk()


def an_account(desk: Desk, **changes: str) -> Account:
    mia = desk.household.people.get()
    typed = {
        "name": "Mia's Roth", "custodian": "schwab", "number": "71234567", "registration": "roth_ira",
        "owner": mia.public_id, "discretion": "discretionary", "margin": "none", "lot_method": "fifo",
        "minimum_cash": "0", "agreement_signed_on": "2026-11-02", "agreement_effective_on": "2026-11-02",
        "discretion_from_on": "2026-11-02", **changes,
    }  # fmt: skip
    acted(desk.ana, door("account_open", desk.household.public_id), **typed)
    return Account.objects.get(name=typed["name"])


def test_an_account_is_opened_corrected_closed_and_reopened(desk: Desk) -> None:
    account = an_account(desk)
    address = door("account_correct", account.public_id)
    values = {
        name: value or "" for name, value in as_(desk.ana).get(address).context["page"].form.initial.items()
    }
    acted(
        desk.ana, address, **{**{name: str(value) for name, value in values.items()}, "minimum_cash": "250"}
    )
    account.refresh_from_db()
    assert f"{account.minimum_cash:f}" == "250.00"

    acted(desk.ana, door("account_close", account.public_id), closed_on="2026-11-20", reason="Given up.")
    account.refresh_from_db()
    assert str(account.closed_on) == "2026-11-20"
    refused = as_(desk.ana).get(address)
    assert (refused.status_code, "is closed since Nov 20, 2026" in words_of(refused)) == (403, True)
    acted(desk.ana, door("account_reopen", account.public_id), reason="It was the other one.")

    page = page_of(as_(desk.rui).get(door("account", account.public_id)))
    assert [event.sentence for event in page.events if event.sentence != "Account opened"] == [
        "Account reopened", "Account closed", "Account changed", "Account added",
    ]  # fmt: skip
    assert page.events[2].note == "minimum cash: 0 → 250"
    assert page.doors == ()  # Rui reviews.


def test_an_account_that_holds_something_is_closed_only_when_that_has_left(desk: Desk) -> None:
    account = Account.objects.get(tax_treatment="taxable")
    address = door("account_close", account.public_id)

    answer = acted(desk.ana, address, closed_on="2026-11-20", reason="Left.")
    assert (answer.status_code, "On record: 3 lots and $10,000.00 in cash." in words_of(answer)) == (
        422,
        True,
    )
    acted(desk.ana, address, closed_on="2026-11-20", reason="Left.", is_sure="on")

    account.refresh_from_db()
    assert account.closed_on is not None


def test_the_page_of_an_account_says_what_is_on_record_and_who_looked(desk: Desk) -> None:
    account = Account.objects.get(tax_treatment="taxable")

    page = page_of(as_(desk.ana).get(door("account", account.public_id)))

    assert [holding.symbol for holding in page.row.holdings] == ["ZBD", "ZUS"]
    assert dict(page.facts)["Standing lot method"] == "First in, first out"
    assert (page.is_in_force, len(page.files), page.files[0].url) == (True, 1, "")
    assert page_of(as_(desk.tom).get(door("account", account.public_id))).files[0].url
    assert audit.trail(about=account).filter(action=audit.Action.ACCOUNT_VIEWED).count() == 2
    assert as_(cast.rosa()).get(door("account", account.public_id)).status_code == 404
    assert as_(cast.carl()).get(door("account", account.public_id)).status_code == 403


def test_an_account_moves_is_renumbered_bound_and_unbound(desk: Desk) -> None:
    account = an_account(desk)
    acted(desk.tom, door("account_bind", account.public_id), mask="...567", label="Roth")
    binding = account.bindings.get()
    assert as_(desk.ana).get(door("account_bind", account.public_id)).status_code == 403
    acted(desk.tom, door("account_unbind", account.public_id, str(binding.pk)), reason="The other one.")
    acted(desk.ana, door("account_renumber", account.public_id), number="71234568", why="corrected")
    acted(
        desk.ana, door("account_move", account.public_id), custodian="fidelity", number="Z98765432",
        moved_on="2026-11-20",
    )  # fmt: skip

    page = page_of(as_(desk.ana).get(door("account", account.public_id)))
    assert [(row.last_four, row.custodian, row.why) for row in page.numbers] == [
        ("4568", "Schwab", "Moved to another custodian"), ("4567", "Schwab", "It was recorded wrongly"),
    ]  # fmt: skip
    assert (page.bindings[0].binding.end_reason, page.bindings[0].doors) == ("The other one.", ())
    assert page.row.reconciliation == "Never checked"
    one = as_(desk.ana).get(f"/api/v1/accounts/{account.public_id}/").json()
    assert [row["number_last4"] for row in one["former_numbers"]] == ["4567", "4568"]


def test_the_list_of_accounts_is_filtered_and_taken_as_a_file(desk: Desk) -> None:
    an_account(desk)
    client = as_(desk.ana)
    listed = door("account_list")

    assert len(page_of(client.get(listed)).rows) == 3
    assert [row[0][1].text for row in page_of(client.get(listed, {"custodian": "schwab"})).rows] == [
        "Mia's Roth"
    ]
    never = page_of(client.get(listed, {"state": "unbound"}))
    assert [row[0][1].text for row in never.rows] == ["Mia's Roth"]
    file = client.get(listed, {"export": "csv", "custodian": "schwab"}).content.decode()
    assert "Mia's Roth,4567,Miller,miller,schwab,roth_ira,tax_free,Mia Miller" in file
    assert "71234567" not in file


# ── Tax lots ─────────────────────────────────────────────────────────────────────────────────────


def the_lot() -> TaxLot:
    return TaxLot.objects.get(key="A1")


def proposed(desk: Desk, **changes: Any) -> Review:
    lot = the_lot()
    acted(
        desk.ana, door("lot_correct", lot.public_id),
        **{
            "acquired_on": "2020-03-02", "basis": "150000", "basis_status": "covered",
            "evidence": "Statement of March 2020.", **changes,
        },
    )  # fmt: skip
    return Review.objects.filter(subject_kind="correction").latest("pk")


def decided(person: Any, review: Review, verdict: str = "approved", text: str = "") -> Any:
    typed = {"seen": review.fingerprint, "verdict": verdict, "text": text}
    return as_(person).post(f"/reviews/{review.public_id}/", typed)


def test_a_lot_is_corrected_by_two_people(desk: Desk) -> None:
    review = proposed(desk)
    assert f"{the_lot().basis:f}" == "120000.00"
    assert decided(desk.ana, review).status_code == 403

    decided(cast.cora(), review)

    correction = LotCorrection.objects.get()
    assert f"{the_lot().basis:f}" == "150000.00"
    assert (correction.asked_by, correction.decided_by) == (desk.ana, cast.cora())
    page = page_of(as_(desk.rui).get(door("lot", the_lot().public_id)))
    assert [row.decided for row in page.corrections] == ["basis: $120,000.00 → $150,000.00"]
    assert page.corrections[0].by == "asked for by Ana, decided by Cora"
    assert page.events[0].sentence == "Tax lot corrected"
    told = as_(desk.ana).get(f"/api/v1/lots/{the_lot().public_id}/").json()
    assert [one["basis"] for one in told["corrections"]] == ["150000.00"]


def test_a_correction_that_is_rejected_changes_nothing(desk: Desk) -> None:
    decided(cast.cora(), proposed(desk), "rejected", "The statement is another client's.")

    assert (f"{the_lot().basis:f}", LotCorrection.objects.count()) == ("120000.00", 0)


def test_only_the_digest_of_a_document_is_kept(desk: Desk) -> None:
    client, address = as_(desk.ana), door("lot_correct", the_lot().public_id)
    statement = SimpleUploadedFile("statement.pdf", b"A statement.", "application/pdf")
    typed = {
        "acquired_on": "2020-03-02", "basis": "150000", "basis_status": "covered", "evidence": "A statement.",
        "document": "Shelf 4",
    }  # fmt: skip
    check = client.post(address, {**typed, "document_sha256": statement})
    digest = "f8a48eb0733d6fcefe53800b7ca97ef334c2ff2e0ea80be361129afbd243bfdf"
    assert f'name="document_sha256" value="{digest}"' in check.content.decode()

    client.post(address, {**typed, "document_sha256": digest, "door_checked": check.context["page"].checked})
    decided(cast.cora(), Review.objects.latest("pk"))

    kept = LotCorrection.objects.get()
    assert kept.document_sha256 == digest
    assert kept.document == "Shelf 4"


def test_a_proposal_built_on_the_old_basis_is_stale(desk: Desk) -> None:
    proposal = desk.propose()
    revision = proposals.current(proposal)
    assert staleness.causes(revision, at=SUNDAY_NOON)[1] == ()

    decided(cast.cora(), proposed(desk))

    causes = staleness.causes(proposals.current(proposal), at=SUNDAY_NOON)[1]
    assert any("ZUS" in str(cause) for cause in causes), causes


def test_a_correction_ends_by_two_people(desk: Desk) -> None:
    decided(cast.cora(), proposed(desk))
    acted(desk.ana, door("lot_withdraw", the_lot().public_id), reason="It was the other lot.")
    assert f"{the_lot().basis:f}" == "150000.00"

    decided(cast.cora(), Review.objects.filter(subject_kind="correction").latest("pk"))

    assert f"{the_lot().basis:f}" == "120000.00"
    again = as_(desk.ana).get(door("lot_withdraw", the_lot().public_id))
    assert (again.status_code, "No correction of this lot is in force." in words_of(again)) == (403, True)


def test_a_lot_is_locked_at_once_and_unlocked_by_two_people(desk: Desk) -> None:
    acted(desk.ana, door("lot_lock", the_lot().public_id), lock="gift", reason="For the library.")
    assert the_lot().lock == "gift"
    acted(desk.ana, door("lot_unlock", the_lot().public_id), reason="Given elsewhere.")
    assert the_lot().lock == "gift"

    decided(cast.cora(), Review.objects.filter(subject_kind="correction").latest("pk"))

    assert the_lot().lock == ""


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"basis": ""}, "has a basis and a day"),
        ({"basis": "-1"}, "greater than or equal to 0"),
        ({"acquired_on": "2026-12-01"}, "still to come"),
        ({"acquired_on": "soon"}, "Enter a valid date"),
        ({"evidence": ""}, "what the correction rests on"),
        ({"document_sha256": "xyz"}, "64 hexadecimal digits"),
        ({"basis_status": "unknown"}, "has no amount"),
    ],
)
def test_what_cannot_be_is_said_on_the_form(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    values = {
        "acquired_on": "2020-03-02", "basis": "150000", "basis_status": "covered", "evidence": "A statement.", **typed,
    }  # fmt: skip

    answer = as_(desk.ana).post(reverse("clients:lot_correct", args=[the_lot().public_id]), values)

    assert (answer.status_code, sentence in words_of(answer)) == (422, True)
    assert not Review.objects.filter(subject_kind="correction").exists()
