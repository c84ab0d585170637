"""A year's figures are confirmed once, corrected with their history, and never what no return can have."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from clients.households import people, tax_profiles, tax_units
from clients.models import Household, TaxProfile, TaxUnit
from compliance.audit_trail import audit
from compliance.refusals import BadInput, Conflict
from rebalancing.doors import tax_profiles as doors
from tests.clock import LAST_FRIDAY, SUNDAY_NOON
from tests.factories.households import SET_UP, a_managed_household, the_millers

pytestmark = pytest.mark.django_db


def confirm(unit: TaxUnit, year: int = 2027, **figures: Any) -> TaxProfile:
    return tax_profiles.confirm(
        unit, tax_year=year, confirmed_on=LAST_FRIDAY, by=SET_UP, at=SUNDAY_NOON, **figures
    )


def test_a_profile_has_the_status_of_its_year() -> None:
    unit = the_millers().tax_units.get()

    profile = confirm(unit, wages=D(1), filing_status="hoh", state="WA")

    assert (profile.filing_status, profile.state) == ("hoh", "WA")
    unit.refresh_from_db()
    assert (unit.filing_status, unit.state) == ("single", "CO")


def test_a_correction_keeps_the_previous_figures_on_the_trail() -> None:
    unit = the_millers().tax_units.get()
    confirm(unit, wages=D(100_000), gain_budget=D(5_000))

    profile = confirm(unit, wages=D(120_000), gain_budget=None, reason="A raise.")

    event = audit.trail(about=profile).last()
    assert event is not None
    assert event.action == "tax_profile.corrected"
    assert '"wages":{"after":"120000","before":"100000"}' in event.facts
    assert '"gain_budget":{"after":"","before":"5000"}' in event.facts


def test_the_same_figures_again_write_nothing() -> None:
    unit = the_millers().tax_units.get()
    profile = confirm(unit, wages=D(100_000))

    confirm(unit, wages=D("100000.00"))

    assert [event.action for event in audit.trail(about=profile)] == ["tax_profile.confirmed"]


@pytest.mark.parametrize(
    ("figures", "sentence"),
    [
        ({"rate_short": D("0.24")}, "Flat rates need a short-term and a long-term rate."),
        (
            {"rate_short": D("0.10"), "rate_long": D("0.15")},
            "The long-term rate is above the short-term rate; long-term gains are never taxed more.",
        ),
        (
            {"rate_short": D("0.90"), "rate_long": D("0.20"), "state_rate": D("0.10")},
            "Federal and state rates together must be below 100%.",
        ),
        (
            {"rate_short": D("0.24"), "rate_long": D("0.15"), "wages": D(1)},
            "With flat rates the income is not used.",
        ),
        (
            {"rate_investment": D("0.038")},
            "The full computation finds the net investment income tax itself.",
        ),
        ({"state": "Colorado"}, "Colorado is not a state."),
        ({"filing_status": "qss", "state": "c"}, "c is not a state."),
    ],
)
def test_figures_that_no_return_can_have_are_refused(figures: dict[str, Any], sentence: str) -> None:
    unit = the_millers().tax_units.get()

    with pytest.raises(BadInput) as refused:
        confirm(unit, **figures)

    assert refused.value.sentence == sentence
    assert not TaxProfile.objects.filter(tax_year=2027).exists()


@pytest.mark.parametrize(
    ("status", "members", "sentence"),
    [
        ("single", 2, "Single is a status of one person."),
        ("mfs", 2, "Married filing separately is a status of one person."),
        ("mfj", 3, "A joint return has two filers."),
        ("mfj", 2, None),
        ("trust", 1, None),
    ],
)
def test_a_status_fits_its_members(status: str, members: int, sentence: str | None) -> None:
    people = [the_millers(f"miller{number}").people.get() for number in range(members)]

    if sentence is None:
        tax_units.refuse_status(people, status)
        return
    with pytest.raises(BadInput) as refused:
        tax_units.refuse_status(people, status)
    assert refused.value.sentence == sentence


@pytest.fixture
def millers(ana: Any, rui: Any) -> Household:
    return a_managed_household(advisor=ana, reviewer=rui)


@pytest.mark.parametrize(
    ("year", "confirmed", "last", "waits"),
    [
        (2026, True, None, False),
        (2027, False, None, True),
        (2027, True, None, False),
        (2027, False, 2026, False),
        (2026, False, 2026, True),
    ],
)
def test_who_waits_for_a_year(
    millers: Household, year: int, confirmed: bool, last: int | None, waits: bool
) -> None:
    unit = millers.tax_units.get()
    TaxProfile.objects.filter(tax_year=year).delete()
    if confirmed:
        confirm(unit, year, wages=D(1))
    TaxUnit.objects.update(last_tax_year=last)

    found = tax_profiles.unconfirmed(TaxUnit.objects.all(), year=year)

    assert found == ([unit] if waits else [])


def test_a_closed_household_waits_for_nothing(millers: Household) -> None:
    Household.objects.update(closed_on=date(2026, 11, 1))

    assert tax_profiles.unconfirmed(TaxUnit.objects.all(), year=2027) == []


def test_a_unit_with_open_accounts_does_not_retire(millers: Household) -> None:
    unit = millers.tax_units.get()

    with pytest.raises(Conflict) as refused:
        tax_units.retire(unit, last_tax_year=2025, reason="Gone.", by=SET_UP, at=SUNDAY_NOON)

    assert [cause.sentence for cause in refused.value.causes] == [
        "Taxable ····0001 is taxed on the return of Mia Miller.",
        "The profile of 2026 is on record.",
    ]


def test_the_accounts_follow_their_owners_return(millers: Household) -> None:
    mia = millers.people.get()
    noah = people.add(
        millers, given_name="Noah", family_name="Miller", part="spouse", born_on=None, tax_number=None, by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip
    own = millers.tax_units.get()
    account = millers.accounts.get(tax_unit=own)

    joint = tax_units.add(
        millers, code="joint", name="Mia and Noah", filing_status="mfj", state="CO", members=[mia, noah], by=SET_UP,
        at=SUNDAY_NOON,
    )  # fmt: skip

    account.refresh_from_db()
    assert account.tax_unit == joint
    event = audit.trail(about=account).last()
    assert event is not None
    assert (event.action, '"tax_unit":{"after":"joint","before":"mia"}' in event.facts) == (
        "account.changed",
        True,
    )
    TaxProfile.objects.filter(tax_unit=own).delete()
    tax_units.retire(own, last_tax_year=2025, reason="They file jointly.", by=SET_UP, at=SUNDAY_NOON)


def test_a_rate_is_shown_with_no_more_places_than_its_form_takes() -> None:
    profile = confirm(the_millers().tax_units.get(), wages=D(1), state_rate=D("0.044"))
    profile.refresh_from_db()

    assert str(doors.values_of(profile)["state_rate"]) == "4.4"
