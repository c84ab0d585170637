"""Yearly tax profiles: the figures of a return's year, confirmed with the client and corrected with their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet

from clients.households import filing, tax_units
from clients.models import TaxProfile, TaxUnit
from compliance.audit_trail import audit
from compliance.doors.before_after import changed
from compliance.people.actors import Actor
from compliance.refusals import BadInput

FIGURES = (
    *("filing_status", "state", "rate_short", "rate_long", "rate_investment", "wages", "taxable_interest"),
    *("qualified_dividends", "other_income", "deduction", "state_rate", "short_term_before"),
    *(
        "long_term_before",
        "short_term_carryover",
        "long_term_carryover",
        "distributions_expected",
        "gain_budget",
    ),
)
INCOME = ("wages", "taxable_interest", "qualified_dividends", "other_income", "deduction")
ONE = Decimal(1)


@transaction.atomic
def confirm(
    unit: TaxUnit,
    *,
    tax_year: int,
    confirmed_on: date,
    reason: str = "",
    by: Actor,
    at: datetime,
    **figures: Decimal | str | None,
) -> TaxProfile:
    """Record a year's figures as confirmed with the client; `figures` are columns of `TaxProfile`.

    Filing status and state are the unit's where they are not given. A profile that is on record is corrected: what is
    not named stays, and the trail keeps both values of what changed. Raises `BadInput` for figures that cannot be.
    """
    if unknown := figures.keys() - set(FIGURES):
        raise TypeError(f"not columns of a tax profile: {sorted(unknown)}")
    unit = tax_units.standing(unit)
    if not unit.files_for(tax_year):
        raise BadInput(
            f"{unit} files for {unit.last_tax_year} last.", "Choose an earlier year, or another tax unit."
        )
    profile = TaxProfile.objects.select_for_update().filter(tax_unit=unit, tax_year=tax_year).first()
    is_new = profile is None
    if profile is None:
        profile = TaxProfile(
            tax_unit=unit, tax_year=tax_year, filing_status=unit.filing_status, state=unit.state
        )
    was_confirmed = profile.confirmed_on is not None
    before = {name: getattr(profile, name) for name in (*FIGURES, "confirmed_on")}
    for name, value in figures.items():
        setattr(profile, name, value)
    profile.confirmed_on = confirmed_on
    refuse_impossible({name: getattr(profile, name) for name in FIGURES})
    filing.refuse_status_of_year(unit, profile.filing_status, tax_year)
    tax_units.refuse_status(filing.members_of_year(unit, tax_year), profile.filing_status)
    profile.save()
    after = {name: getattr(profile, name) for name in before}
    if is_new or not was_confirmed:
        audit.record(
            audit.Action.TAX_PROFILE_CONFIRMED,
            about=profile,
            by=by,
            at=at,
            sealing=[("tax_profile", profile.pk)],
            tax_unit=unit.code,
            tax_year=tax_year,
            **{name: value for name, value in after.items() if value not in (None, "")},
        )
    elif changes := changed(before, after):
        audit.record(
            audit.Action.TAX_PROFILE_CORRECTED,
            about=profile,
            by=by,
            at=at,
            sealing=[("tax_profile", profile.pk)],
            tax_unit=unit.code,
            tax_year=tax_year,
            changed=changes,
            reason=reason,
        )
    return profile


def refuse_impossible(figures: Mapping[str, Any]) -> None:
    """Raise `BadInput` for figures that no return can have, before the database does."""
    tax_units.refuse_state(figures["state"])
    short, long, investment = figures["rate_short"], figures["rate_long"], figures["rate_investment"]
    if (short is None) != (long is None):
        raise BadInput(
            "Flat rates need a short-term and a long-term rate.",
            "Give both, or neither and the income instead.",
        )
    if short is None:
        if investment:
            raise BadInput(
                "The full computation finds the net investment income tax itself.",
                "Leave its rate empty, or give both flat rates.",
            )
        return
    if any(figures[name] for name in INCOME):
        raise BadInput(
            "With flat rates the income is not used.", "Leave the income lines empty, or the flat rates."
        )
    if long > short:
        raise BadInput(
            "The long-term rate is above the short-term rate; long-term gains are never taxed more.",
            "Exchange the two.",
        )
    if short + investment + figures["state_rate"] >= ONE:
        raise BadInput("Federal and state rates together must be below 100%.", "Write 24% as 24 or 0.24.")


def unconfirmed(units: QuerySet[TaxUnit], *, year: int) -> list[TaxUnit]:
    """The units that file for a year, have open accounts, and whose profile of that year nobody has confirmed."""
    waiting = (
        units.filter(household__closed_on=None, accounts__closed_on=None, accounts__isnull=False)
        .exclude(last_tax_year__lt=year)
        .exclude(profiles__in=TaxProfile.objects.filter(tax_year=year, confirmed_on__isnull=False))
    )
    return list(waiting.select_related("household").order_by("household__name", "code").distinct())


def of_year(unit: TaxUnit, year: int) -> TaxProfile | None:
    """The profile of a year, confirmed or not; None where there is none."""
    return unit.profiles.filter(tax_year=year).first()


def latest_before(unit: TaxUnit, year: int) -> TaxProfile | None:
    """The profile of the last year before this one that is on record."""
    return unit.profiles.filter(tax_year__lt=year).order_by("-tax_year").first()


def last_confirmed(units: Collection[int], *, before: int) -> dict[int, int]:
    """The last confirmed year before this one of each of these units, by its key."""
    found = TaxProfile.objects.filter(tax_unit__in=units, tax_year__lt=before, confirmed_on__isnull=False)
    return dict(found.order_by().values_list("tax_unit").annotate(Max("tax_year")))
