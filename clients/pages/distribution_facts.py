"""One fact of a required distribution and its history: an account's terms, a figure of a year."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from clients import figures
from clients.models import DistributionFigure, DistributionTerms
from clients.pages import facts
from clients.pages.facts import FactPage
from clients.pages.lists import distribution_facts as lists
from compliance.doors import pages

TERMS_DOORS = ("clients:distribution_terms_correct", "clients:distribution_terms_retract")
FIGURE_DOORS = ("clients:distribution_figure_correct", "clients:distribution_figure_retract")


def terms(user: Any, row: DistributionTerms) -> FactPage:
    """What an account's plan type does not say."""
    told = [
        ("Account", str(row.account)),
        ("Owner", str(row.account.owner)),
        ("Inherited from", row.inherited_from),
        ("Their birth date", figures.day(row.decedent_born_on) if row.decedent_born_on else ""),
        ("The day they died", figures.day(row.died_on) if row.died_on else ""),
        ("Who inherited it", row.get_beneficiary_display() if row.beneficiary else ""),
        ("What the spouse chose", row.get_spouse_choice_display() if row.spouse_choice else ""),
        ("Works for the employer", "yes" if row.still_working else ""),
        ("Retired on", figures.day(row.retired_on) if row.retired_on else ""),
        ("Has more than 5% of the employer", "yes" if row.owns_five_percent else ""),
        ("Where this is written", row.source),
        *_entered(row),
    ]
    return facts.page_of(
        row,
        title=f"Required distributions of {row.account.name}",
        state=lists.state_of(row),
        facts=told,
        doors=pages.links(TERMS_DOORS, user, row) if row.ended_at is None else (),
        household=row.account.household,
        listed=("Terms of required distributions", reverse("clients:distribution_terms_list")),
        address="clients:distribution_terms",
    )


def figure(user: Any, row: DistributionFigure) -> FactPage:
    """A figure of one year."""
    told = [
        ("Owner", str(row.person)),
        ("Account" if row.account else "Where", row.where),
        ("Year", str(row.year)),
        ("Paid on", figures.day(row.taken_on) if row.taken_on else ""),
        ("Divisor" if row.divisor is not None else "Amount", lists.worth(row)),
        ("Where this is written", row.source),
        *_entered(row),
    ]
    return facts.page_of(
        row,
        title=str(row),
        state=lists.state_of(row),
        facts=told,
        doors=pages.links(FIGURE_DOORS, user, row) if row.ended_at is None else (),
        household=row.person.household,
        listed=("Figures of required distributions", reverse("clients:distribution_figure_list")),
        address="clients:distribution_figure",
    )


def _entered(row: DistributionTerms | DistributionFigure) -> list[tuple[str, str]]:
    return [
        ("Recorded by", row.entered_by.get_full_name() if row.entered_by else "a workbook or a file"),
        ("Why it does not count any more", row.end_reason),
    ]
