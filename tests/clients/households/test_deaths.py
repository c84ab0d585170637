"""What a death ends, how the returns of its year and of the next are filed, and what a mistake gives back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest

from advisory.models import User
from clients.households import deaths, filing, households, people, tax_profiles, tax_units
from clients.models import Household, Person, TaxUnit
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput
from tests import cast
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.at_doors import acted
from tests.factories.households import SET_UP, a_managed_household, the_millers
from tests.factories.two_families import add
from tests.pages import as_, page_of, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("it_is_sunday_noon")]
TODAY = SUNDAY_NOON.date()


def a_couple(household: Household) -> tuple[Person, Person, TaxUnit]:
    """Mia and Max, married, who file jointly."""
    mia = household.people.get(given_name="Mia")
    max_ = add(household, "Max", "Miller", part=Person.Part.SPOUSE)
    people.marry(mia, max_, by=SET_UP, at=SUNDAY_NOON)
    unit = tax_units.correct(
        household.tax_units.get(),
        code="mia",
        name="Mia and Max",
        filing_status="mfj",
        state="CO",
        members=[mia, max_],
        reason="Marriage.",
        by=SET_UP,
        at=SUNDAY_NOON,
    )
    mia.refresh_from_db()
    max_.refresh_from_db()
    return mia, max_, unit


def test_a_sign_in_ends_with_the_recording_and_comes_back_with_the_correction(
    ana: Any, rui: Any, django_capture_on_commit_callbacks: Any
) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    mia, carl = millers.people.get(), cast.carl()
    households.grant_sign_in(mia, user=carl, may_see="own_accounts", by=SET_UP, at=SUNDAY_NOON)
    hers = as_(carl)
    assert hers.get("/api/v1/households/").json()["results"]

    acted(ana, f"/people/{mia.public_id}/death/", died_on="2026-11-20")

    carl = User.objects.get(pk=carl.pk)
    assert (carl.is_active, carl.deactivated_at, carl.role_names) == (False, SUNDAY_NOON, frozenset())
    assert hers.get("/portfolio/").status_code == 302
    mia.refresh_from_db()
    assert (mia.user, mia.may_see) == (carl, Person.MaySee.NOTHING)

    with django_capture_on_commit_callbacks(execute=True):
        acted(ana, f"/people/{mia.public_id}/death/correct/", died_on="", reason="Another Mia Miller.")

    carl = User.objects.get(pk=carl.pk)
    mia.refresh_from_db()
    assert (carl.deactivated_at, [one.role for one in carl.role_grants.filter(revoked_at=None)]) == (
        None,
        ["client"],
    )
    assert carl.invitations.filter(ended_at=None).exists()
    assert (mia.deceased_on, mia.may_see) == (None, Person.MaySee.OWN_ACCOUNTS)
    assert audit.verify_and_record(by=SET_UP, at=SUNDAY_NOON).is_intact


def test_a_mistake_gives_back_the_marriage_and_the_return() -> None:
    mia, max_, _ = a_couple(the_millers())
    own = tax_units.add(
        mia.household,
        code="own",
        name="Max alone",
        filing_status="single",
        state="CO",
        members=[max_],
        by=SET_UP,
        at=SUNDAY_NOON,
    )

    deaths.record(max_, died_on=LAST_FRIDAY, on=TODAY, filed_by="Eve", by=SET_UP, at=SUNDAY_NOON)
    own.refresh_from_db()
    mia.refresh_from_db()
    assert (own.last_tax_year, own.final_filer, mia.spouse) == (2026, "Eve", None)

    deaths.correct(max_, died_on=date(2025, 12, 30), reason="The day.", by=SET_UP, at=SUNDAY_NOON)
    own.refresh_from_db()
    assert own.last_tax_year == 2025

    deaths.correct(max_, died_on=None, reason="Another Max.", by=SET_UP, at=SUNDAY_NOON)
    own.refresh_from_db()
    mia.refresh_from_db()
    assert (own.last_tax_year, own.final_filer, mia.spouse) == (None, "", max_)


def test_the_check_page_says_what_the_death_ends(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    _, max_, _ = a_couple(millers)
    millers.accounts.filter(name="IRA").update(owner=max_)

    answer = as_(ana).post(
        f"/people/{max_.public_id}/death/", {"died_on": "2026-11-20", "filed_by": "Eve Ash", "estate": "on"}
    )

    told = {(line.label, line.after) for line in page_of(answer).lines if not line.name}
    assert told == {
        ("Marriage", "Mia Miller is widowed"),
        (
            "Return of Mia and Max",
            "2026: jointly with the survivor (IRC 6013(a)(2)). The status of 2027 is asked for when that year is confirmed",
        ),
        ("Account", "held until its new owner is on record"),
        ("Estate", "Estate of Max Miller, with a return of its own"),
    }


def test_a_final_return_says_for_which_year_and_who_files_it(ana: Any, rui: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    mia = millers.people.get()

    acted(ana, f"/people/{mia.public_id}/death/", died_on="2026-11-20", filed_by="Eve Ash", estate="on")

    estate = millers.people.get(kind="trust")
    assert (str(estate), estate.parties) == ("Estate of Mia Miller", "Executor or administrator: Eve Ash.")
    unit = millers.tax_units.get(code="estate")
    assert (unit.filing_status, unit.state, list(unit.members.all())) == ("trust", "CO", [estate])
    page = words_of(as_(ana).get(f"/households/{millers.public_id}/?tab=people"))
    assert "It files for 2026 last, by Eve Ash" in page
    (filed,) = [
        one
        for one in as_(ana).get(f"/api/v1/households/{millers.public_id}/").json()["tax_units"]
        if one["code"] == "mia"
    ]
    assert (filed["last_tax_year"], filed["final_filer"]) == (2026, "Eve Ash")


def test_the_next_years_status_is_asked_for(ana: Any, rui: Any, set_clock: Any) -> None:
    millers = a_managed_household(advisor=ana, reviewer=rui)
    _, max_, unit = a_couple(millers)
    deaths.record(max_, died_on=LAST_FRIDAY, on=TODAY, by=Actor.person(ana), at=SUNDAY_NOON)
    set_clock(datetime(2027, 1, 4, 17, tzinfo=UTC))
    url = f"/tax-units/{unit.public_id}/profiles/2027/confirm/"

    form = page_of(as_(ana).get(url)).form
    assert (form["filing_status"].value(), form.fields["filing_status"].choices[0]) == ("", ("", "Choose"))
    assert form.fields["filing_status"].help_text == (
        "Max Miller died in 2026, so Mia and Max does not file jointly for 2027. Choose single or head of household; with a "
        "dependent child, qualifying surviving spouse through 2028."
    )
    figures = {
        "state": "CO",
        "wages": "1",
        "state_rate": "0",
        "confirmed_on": "2027-01-04",
        **dict.fromkeys(
            (
                *("short_term_carryover", "long_term_carryover", "short_term_before", "long_term_before"),
                "distributions_expected",
            ),
            "0",
        ),
    }
    answer = as_(ana).post(url, figures)
    assert answer.context["page"].form.errors["filing_status"] == ["Say how they file for this year."]
    assert acted(ana, url, **figures, filing_status="single").status_code == 302
    assert unit.profiles.get(tax_year=2027).filing_status == "single"


@pytest.mark.parametrize(
    ("status", "year", "refused"),
    [
        ("mfj", 2026, ""),
        ("mfj", 2027, "Max Miller died in 2026, so Mia and Max does not file jointly for 2027."),
        ("qss", 2026, "Max Miller died in 2026: a surviving spouse files as such for 2027 and 2028 only."),
        ("qss", 2027, ""),
        ("qss", 2028, ""),
        ("qss", 2029, "Max Miller died in 2026: a surviving spouse files as such for 2027 and 2028 only."),
        ("single", 2026, "Single is a status of one person."),
        ("single", 2027, ""),
        ("hoh", 2027, ""),
    ],
)
def test_how_a_survivor_files_by_year(status: str, year: int, refused: str) -> None:
    _, max_, unit = a_couple(the_millers())
    deaths.record(max_, died_on=LAST_FRIDAY, on=TODAY, by=SET_UP, at=SUNDAY_NOON)

    told = ""
    try:
        tax_profiles.confirm(
            unit,
            tax_year=year,
            confirmed_on=TODAY,
            filing_status=status,
            wages=D(1),
            by=SET_UP,
            at=SUNDAY_NOON,
        )
    except BadInput as refusal:
        told = refusal.sentence

    assert told == refused


def test_who_is_divorced_does_not_file_jointly_for_that_year() -> None:
    mia, max_, unit = a_couple(the_millers())
    people.divorce(mia, divorced_on=LAST_FRIDAY, reason="Decree.", by=SET_UP, at=SUNDAY_NOON)

    assert filing.refusal(unit, "mfj", 2025) is None
    assert filing.refusal(unit, "mfj", 2026) == (
        "Mia Miller and Max Miller were divorced in 2026, so they do not file jointly for 2026.",
        "Split the household, or give each a return of their own.",
    )
    people.marry(mia, max_, by=SET_UP, at=SUNDAY_NOON)
    assert filing.refusal(TaxUnit.objects.get(pk=unit.pk), "mfj", 2026) is None
