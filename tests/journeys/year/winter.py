"""January to April: the new year's figures, what is known of its taxes, and the return that is filed."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from clients.models import CashFlow, CashFlowRule, TaxProfile, TaxUnit
from rebalancing.models import Reading
from rebalancing.portfolios import portfolios
from tests.journeys.year.firm import Firm
from tests.journeys.year.spring import the_day_passes

# ── January ──────────────────────────────────────────────────────────────────────────────────────


def the_new_year_begins(firm: Firm) -> None:
    """Most confirm with last year's figures as a start; one is named and measured, and is not traded until he does."""
    firm.is_at(date(2027, 1, 4))
    firm.closes(date(2027, 1, 4))
    # Dora has nothing that is taxed, so nothing of hers waits for a return.
    said = Reading.objects.filter(run__market_on=date(2027, 1, 4)).exclude(household__code="dora")
    for one in said:
        assert "for 2027 is not on record, so its accounts are measured and not traded" in one.reason, (
            one.reason
        )
        assert one.value is not None
    firm.is_at(date(2027, 1, 5))
    for unit in (
        TaxUnit.objects.filter(last_tax_year=None).exclude(household__code="dunn").select_related("household")
    ):
        advisor = unit.household.book_entries.on(firm.today).get(part="advisor").user.name
        opened = firm.reads(
            advisor, reverse("rebalancing:tax_profile_confirm", args=[unit.public_id, 2027]), "2026"
        )
        assert "Compare with the return that was filed." in opened or "Not known from 2026" in opened
        firm.does(advisor, "rebalancing:tax_profile_confirm", unit, 2027, short_term_carryover="0", long_term_carryover="0",
                  filing_status=unit.filing_status)  # fmt: skip
    the_day_passes(firm, date(2027, 1, 15))
    dan = TaxUnit.objects.get(household__code="dunn")
    firm.reads("Bea", "/readiness/", f"{dan.name} has no tax profile for 2027.")
    reading = Reading.objects.filter(household__code="dunn").latest("pk")
    assert reading.value is not None
    assert "is not on record" in reading.reason
    # What was sold at a loss in December is not bought back within thirty days, whatever the year.
    brooks = portfolios.load(firm.household("brook"), as_of_on=date(2027, 1, 15), trade_on=date(2027, 1, 19))
    assert isinstance(brooks, portfolios.Portfolio)
    assert any(one.kind == "loss_sale" and one.on.year == 2026 for one in brooks.household.recent_trades)
    # The required distribution goes on by its rule.
    assert CashFlow.objects.filter(
        rule__account__household__code="dunn", due_on__year=2027, cancelled_at=None
    ).exists()
    the_day_passes(firm, date(2027, 1, 29))


# ── April ────────────────────────────────────────────────────────────────────────────────────────


def the_return_is_filed(firm: Firm) -> None:
    """The promise about profiles names who is missing; figures of the year before are corrected, and losses carried."""
    for day in (date(2027, 2, 16), date(2027, 2, 26), date(2027, 3, 15), date(2027, 3, 31)):
        the_day_passes(firm, day)
    firm.is_at(date(2027, 4, 12))
    firm.reads("Cora", "/promises/", "The tax profile of Dan Dunn for 2027 is not on record")
    dan = TaxUnit.objects.get(household__code="dunn")
    firm.does(
        "Bea", "rebalancing:tax_profile_confirm", dan, 2027, short_term_carryover="0", long_term_carryover="0"
    )
    unit = TaxUnit.objects.get(household__code="brook")
    filed = TaxProfile.objects.get(tax_unit=unit, tax_year=2026)
    firm.does("Ana", "rebalancing:tax_profile_correct", filed, wages="151200", distributions_expected="2710.55",
              reason="As filed on April 10.")  # fmt: skip
    new = TaxProfile.objects.get(tax_unit=unit, tax_year=2027)
    page = firm.reads("Bea", reverse("rebalancing:tax_profile_confirm", args=[dan.public_id, 2028]), "2027")
    assert "so far" in page
    firm.does(
        "Ana",
        "rebalancing:tax_profile_correct",
        new,
        long_term_carryover="1500",
        reason="From the return of 2026.",
    )
    the_day_passes(firm, date(2027, 4, 15))
    the_day_passes(firm, date(2027, 4, 30))
    assert CashFlowRule.objects.filter(ended_at=None).count() == 2
