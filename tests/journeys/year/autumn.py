"""October to December: a policy is reviewed, a model replaces a fund, budgets and losses at the year's end."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from clients.models import ModelPortfolio, Policy, TaxProfile
from rebalancing.models import ImpactRun
from tests.journeys.year import policies
from tests.journeys.year.firm import Firm
from tests.journeys.year.spring import expect, the_day_passes

# ── October ──────────────────────────────────────────────────────────────────────────────────────


def evas_policy_is_reviewed(firm: Firm) -> None:
    """Due on October 12: the firm reads it, changes it with her, and the version before stays readable beside it."""
    firm.is_at(date(2026, 10, 1))
    the_day_passes(firm, date(2026, 10, 1))
    the_day_passes(firm, date(2026, 10, 13))
    firm.is_at(date(2026, 10, 14))
    ellis = firm.household("ellis")
    firm.reads("Ana", "/", "Its policy is to be reviewed")
    firm.does("Ana", "clients:household_confirm_profile", ellis, confirmed_on=firm.today)
    second = policies.renewed(
        firm, "ellis", advisor="Ana", clients=["Eva"], harvests_losses="on", next_review_on=date(2027, 10, 12)
    )
    first = ellis.policies.get(version=1)
    assert (first.state, second.version) == (Policy.State.SUPERSEDED, 2)
    firm.reads("Rui", reverse("clients:policy_changes", args=[second.public_id]), "Next review")
    firm.reads("Eva", reverse("clients:policy_to_sign", args=[second.public_id]), "It is in force.")
    the_day_passes(firm, date(2026, 10, 30))


# ── November ─────────────────────────────────────────────────────────────────────────────────────


def the_model_changes(firm: Firm) -> None:
    """One bond fund is replaced by another: previewed, published by somebody else, and followed to done."""
    the_day_passes(firm, date(2026, 11, 6))
    firm.is_at(date(2026, 11, 9))
    model = ModelPortfolio.objects.get(code="example-60-40")
    firm.does(
        "Ana",
        "clients:model_substitute",
        old="BND",
        new="AGG",
        models=[model.code],
        note="A lower price to trade.",
    )
    draft = model.versions.get(state="draft")
    start = reverse("rebalancing:model_impact_start", args=[model.public_id, draft.version])
    firm.presses("Ana", start)
    firm.works()
    run = ImpactRun.objects.get()
    assert run.state == "completed"
    asked = firm.asks(
        "Ana", "clients:model_ask", model, note="A lower price to trade.", effective_on=date(2026, 11, 13)
    )
    firm.approves("Rosa", asked)
    rollout = reverse("rebalancing:model_rollout", args=[model.public_id, draft.version])
    firm.reads("Rosa", rollout, "This version waits for its day, Nov 13, 2026.")
    the_day_passes(firm, date(2026, 11, 12))
    assert firm.trades(date(2026, 11, 13))
    firm.closes(date(2026, 11, 13))
    for _ in range(2):
        firm.is_at(date(2026, 11, 16), 9)
        if not firm.open_proposals():
            break
        firm.trades(date(2026, 11, 16))
        firm.closes(date(2026, 11, 16))
    firm.reads("Cora", rollout, "of")
    the_day_passes(firm, date(2026, 11, 30))


# ── December ─────────────────────────────────────────────────────────────────────────────────────


def the_year_ends(firm: Firm) -> None:
    """Distributions are expected and budgets set; what stands below its cost is sold, and nothing is washed."""
    firm.is_at(date(2026, 12, 7))
    brook = TaxProfile.objects.get(tax_unit__household__code="brook", tax_year=2026)
    firm.does("Ana", "rebalancing:tax_profile_correct", brook, distributions_expected="2500", gain_budget="20000",
              reason="The funds' estimates for December.")  # fmt: skip
    firm.reads("Ana", reverse("clients:tax_profile_list") + "?year=2027", "Adler", "Brook", "Ellis")
    the_day_passes(firm, date(2026, 12, 18))
    the_day_passes(firm, date(2026, 12, 28))
    # Proposed ten days ago and worked out again at each close since: it can be decided until tomorrow.
    expect(brook="pending")
    # A sale at a gain this late is priced beside the same sale in January, and the reviewer reads both.
    (evas,) = [one for one in firm.open_proposals() if one.household.code == "ellis"]
    firm.reads("Rui", f"/proposals/{evas.public_id}/", "the same sale on January 4, 2027")
    firm.trades(date(2026, 12, 29))
    firm.closes(date(2026, 12, 29))
    the_day_passes(firm, date(2026, 12, 31))
    # Dan's four quarters were what he had to take.
    firm.reads("Bea", f"/households/{firm.household('dunn').public_id}/required-distributions/?year=2026",
               "Everything required has been taken")  # fmt: skip
