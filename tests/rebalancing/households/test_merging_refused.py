"""Two households that cannot become one yet, and what is named as being in the way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from clients.households import (
    tax_profiles,
    tax_units,
)
from clients.models import Person, TaxLot
from compliance.models import AuditEvent, Review
from compliance.people.actors import Actor
from rebalancing.execution import orders
from rebalancing.models import Proposal
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories import two_families
from tests.factories.at_doors import acted
from tests.factories.deciding import answer_findings, approve, scan
from tests.factories.households import SET_UP
from tests.factories.two_families import TwoFamilies, add, asked, decided, merged
from tests.pages import as_, page_of, words_of

RECORD = "two families"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]


@pytest.fixture
def firm() -> TwoFamilies:
    return two_families.on_record()


def stands_in_the_way(firm: TwoFamilies, **typed: str) -> list[str]:
    """What the form says when Ana asks for the Harts to become part of the Millers."""
    answer = acted(
        firm.ana,
        f"/households/{firm.millers.public_id}/merge/",
        **{"absorbed": firm.harts.public_id, "policy": "keep", "reason": "They married.", **typed},
    )
    assert answer.status_code == 422, answer.status_code
    return list(answer.context["page"].form.non_field_errors())


def test_who_decided_about_the_merger_may_decide_about_the_next_proposal(firm: TwoFamilies) -> None:
    merged(firm, firm.millers, firm.harts)
    scan()
    proposal = Proposal.objects.get(state="in_review")

    review = proposal.revisions.get().review
    assert review is not None
    assert not review.makers.filter(person_id=firm.rui.pk).exists()
    lines = AuditEvent.objects.filter(action="household.merged").order_by("seq")
    assert [(one.household_ref, one.person_ref) for one in lines] == [
        (firm.millers.public_id, str(firm.rui.pk)),
        (firm.harts.public_id, str(firm.rui.pk)),
    ]


def test_orders_that_no_file_shows_stand_in_the_way(firm: TwoFamilies) -> None:
    firm.harts.accounts.update(discretion="discretionary", discretion_from_on=date(2020, 1, 2))
    scan()
    proposal = Proposal.objects.get(household=firm.harts)
    answer_findings(proposal)
    approve(proposal, firm.rui)
    orders.release(Proposal.objects.get(pk=proposal.pk), by=Actor.person(cast.tom()), at=SUNDAY_NOON)

    told = stands_in_the_way(firm)

    assert told
    assert all("under way. Load the custodian's next file" in one for one in told)


def test_a_correction_that_waits_stands_in_the_way(firm: TwoFamilies) -> None:
    lot = TaxLot.objects.filter(account__household=firm.harts)[0]
    asked(
        firm.ana,
        f"/lots/{lot.public_id}/correct/",
        acquired_on="2020-01-05",
        basis="1000",
        basis_status="covered",
        evidence="A statement.",
    )

    assert stands_in_the_way(firm) == [
        f"Correct basis or acquisition date: {lot} waits for a second person. Have it decided, or withdraw it."
    ]


def test_what_contradicts_itself_is_named_at_once(firm: TwoFamilies) -> None:
    again = add(firm.harts, "Mia", "Miller", tax_number="900-00-0999")
    unit = tax_units.add(
        firm.harts,
        code="mia",
        name="Mia alone",
        filing_status="single",
        state="CO",
        members=[again],
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    tax_profiles.confirm(unit, tax_year=2026, confirmed_on=LAST_FRIDAY, wages=D(9), by=SET_UP, at=SUNDAY_NOON)
    both = firm.millers.accounts.get(name="IRA")
    firm.harts.accounts.filter(name="IRA").update(number_index=both.number_index, custodian="schwab")

    assert stands_in_the_way(firm) == [
        "Mia Miller is in both households with different tax numbers. Correct it, or add a middle initial to one of the "
        "names where they are two people.",
        "The tax profiles of Mia Miller for 2026 differ. Correct one of the two, so that they say the same.",
        "IRA ····0002 at Schwab has the number of IRA ····0002 at House format. Close the one that is on record by mistake.",
    ]


def test_a_person_files_with_one_return(firm: TwoFamilies) -> None:
    again = add(firm.harts, "Mia", "Miller")
    tax_units.add(
        firm.harts,
        code="both",
        name="Hanna and Mia",
        filing_status="mfj",
        state="CO",
        members=[again, firm.hanna],
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    assert stands_in_the_way(firm) == [
        "Mia Miller would file from now on with both Hanna and Mia and Mia Miller. Retire one of the two returns first, "
        "or correct its members."
    ]


def test_only_households_of_ones_own_book_are_offered(firm: TwoFamilies) -> None:
    form = page_of(as_(firm.ana).get(f"/households/{firm.millers.public_id}/merge/")).form
    assert [key for key, _ in form.fields["absorbed"].choices] == ["", firm.harts.public_id]

    for user, status in ((firm.rui, 403), (cast.tom(), 403), (cast.otto(), 404), (cast.ada(), 404)):
        assert as_(user).get(f"/households/{firm.millers.public_id}/merge/").status_code == status


def test_a_program_asks_as_well(firm: TwoFamilies) -> None:
    url = f"/api/v1/households/{firm.millers.public_id}/merge/"
    typed = {"absorbed": firm.harts.public_id, "policy": "keep", "reason": "They married."}

    answer = as_(firm.ana).post(url, typed, "application/json")

    assert answer.status_code == 202, answer.content
    assert decided(Review.objects.get(subject_kind="correction"), firm.rui).status_code == 302
    firm.harts.refresh_from_db()
    assert firm.harts.merged_into == firm.millers
    refused = as_(firm.ana).get(f"/households/{firm.harts.public_id}/merge/")
    assert refused.status_code == 403
    assert "Hart was merged into Miller. Go on in that household." in words_of(refused)


def test_a_merged_household_is_not_reopened(firm: TwoFamilies) -> None:
    merged(firm, firm.millers, firm.harts)

    answer = as_(firm.ana).get(f"/households/{firm.harts.public_id}/reopen/")

    assert answer.status_code == 403
    assert "Hart was merged into Miller. Split its people off from there instead." in words_of(answer)
    assert Person.objects.get(given_name="Hanna").household == firm.millers
