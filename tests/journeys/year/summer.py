"""June to September: a death, a divorce, an advisor who leaves in the middle of his work, an account that moves."""

from __future__ import annotations

from datetime import date

from clients.models import Hold, Policy, TaxUnit
from compliance.models import Review
from rebalancing.portfolios import portfolios
from tests.journeys.year import families, policies
from tests.journeys.year.firm import Firm, plain
from tests.journeys.year.spring import expect, follow_the_link, the_day_passes

# ── June ─────────────────────────────────────────────────────────────────────────────────────────


def clara_dies(firm: Firm) -> None:
    """Her sign-in ends, what she owned is held, her husband files with her once more; then the accounts are his."""
    firm.is_at(date(2026, 6, 1))
    bert, clara, brooks = firm.who("Bert Brook"), firm.who("Clara Brook"), firm.household("brook")
    for person, name in ((bert, "Bert"), (clara, "Clara")):
        firm.does(
            "Ana", "advisory:client_invite", person, email=f"{name.lower()}@firm.example", may_see="household"
        )
        follow_the_link(name)
    firm.reads("Clara", "/portfolio/", "Brook")
    claras = firm.browser("Clara")
    the_day_passes(firm, date(2026, 6, 12))

    firm.is_at(date(2026, 6, 15))
    firm.does("Ana", "clients:person_death", clara, died_on=date(2026, 6, 13))
    assert claras.get("/portfolio/").status_code in {302, 403, 404}
    joint = firm.account(families.BROOKS)
    hold = Hold.objects.get(account=joint)
    assert (hold.kind, hold.lifted_at) == ("deceased", None)
    firm.cannot("Ana", "advisory:client_invite", clara, email="clara2@firm.example", may_see="household", says="Clara Brook has")  # fmt: skip
    firm.closes(date(2026, 6, 15))
    firm.reads("Ana", "/readiness/", "Death of Jun 13, 2026 is open until the policy is renewed.")

    firm.is_at(date(2026, 6, 22))
    unit = TaxUnit.objects.get(household=brooks)
    assert unit.last_tax_year is None
    assert unit.profiles.get(tax_year=2026).filing_status == "mfj"
    firm.does("Ana", "clients:tax_unit_correct", unit, name="Bert Brook", filing_status="single", members=[bert],
              reason="Clara died; they file jointly for this year once more.")  # fmt: skip
    firm.does(
        "Ana",
        "clients:account_correct",
        joint,
        name="Bert's account",
        registration="individual",
        joint_owner="",
    )
    firm.does("Ana", "clients:hold_lift", brooks, hold, reason="Retitled; the certificate is on file.")
    policies.renewed(firm, "brook", advisor="Ana", clients=["Bert"], harvests_losses="on")
    assert unit.profiles.get(tax_year=2026).filing_status == "mfj"
    the_day_passes(firm, date(2026, 6, 30))


# ── July ─────────────────────────────────────────────────────────────────────────────────────────


def the_coles_part(firm: Firm) -> None:
    """A divorce: each files alone, and Dora goes to a household of her own, with her account and a policy of her own."""
    firm.is_at(date(2026, 7, 13))
    coles, carl, dora = firm.household("cole"), firm.who("Carl Cole"), firm.who("Dora Cole")
    firm.does(
        "Otto", "clients:person_divorce", carl, divorced_on=date(2026, 7, 10), reason="Decree of July 10."
    )
    firm.does("Otto", "clients:account_correct", firm.account(families.COLES), name="Carl's other account",
              registration="individual", joint_owner="")  # fmt: skip
    the_day_passes(firm, date(2026, 7, 15))
    firm.is_at(date(2026, 7, 16))
    asked = firm.asks(
        "Otto", "rebalancing:household_split", coles, code="dora", name="Dora", people=[dora], going_status="single",
        going_state="CO", staying_status="single", last_joint_year=2025, policy="draft", reason="Decree of July 10.",
    )  # fmt: skip
    firm.approves("Cora", asked)
    new = firm.household("dora")
    assert firm.account(families.DORAS_IRA).household == new
    assert {one.household for one in (firm.account(families.COLES), firm.account(families.CARLS))} == {coles}
    for unit in TaxUnit.objects.filter(household__in=(coles, new), last_tax_year=None):
        profile = unit.profiles.filter(tax_year=2026).first()
        if profile is not None and profile.confirmed_on is not None:
            firm.does("Otto", "rebalancing:tax_profile_correct", profile, filing_status="single",
                      reason="Divorced by the end of the year (IRC 7703(a)(1)).")  # fmt: skip
        else:
            firm.does("Otto", "rebalancing:tax_profile_confirm", unit, 2026, filing_status="single", wages="75000",
                      state_rate="4.4", short_term_carryover="0", long_term_carryover="0")  # fmt: skip
    draft = new.policies.get(state="draft")
    policies.written(firm, draft, by="Otto")
    policies.reviewed(firm, draft, by="Otto")
    policies.signed(firm, draft, advisor="Otto", clients=["Dora Cole"], on_paper=True)
    policies.renewed(firm, "cole", advisor="Otto", clients=["Carl Cole"], on_paper=True)
    the_day_passes(firm, date(2026, 7, 31))


# ── August ───────────────────────────────────────────────────────────────────────────────────────


def bea_takes_over_from_otto(firm: Firm) -> None:
    """Otto is covered while he is away, and leaves with a policy in review, a draft of a model and a request half made."""
    firm.is_at(date(2026, 8, 3))
    firm.approves("Cora", firm.asks("Ada", "advisory:person_invite", name="Bea", email="bea@firm.example", roles=["advisor"]))  # fmt: skip
    follow_the_link("Bea")
    otto, bea = firm.person("Otto"), firm.person("Bea")
    firm.does("Otto", "clients:coverage_arrange", away=otto.pk, covered_by=firm.person("Ana").pk, part="advisor",
              starts_on=date(2026, 8, 3), ends_on=date(2026, 8, 31), reason="Holidays.")  # fmt: skip
    firm.reads("Ana", f"/households/{firm.household('dunn').public_id}/", "Dunn")
    draft = policies.begun(firm, "dunn", by="Ana")  # For Otto, as the trail says.
    policies.written(firm, draft, by="Otto", harvests_losses="on")
    firm.does("Otto", "clients:policy_submit", draft)
    firm.does("Otto", "clients:hold_place", firm.household("dunn"), kind="advisor", place="household",
              reason="A talk about risk first.", expires_on=date(2026, 8, 20))  # fmt: skip
    model = draft.model.model
    firm.does("Otto", "clients:model_next", model, note="An idea of Otto's.")
    firm.does("Otto", "clients:model_ask", model, note="An idea of Otto's.")
    the_day_passes(firm, date(2026, 8, 14))

    firm.is_at(date(2026, 8, 17))
    firm.cannot("Ada", "advisory:person_deactivate", otto.pk, reason="He left.", says="these households have no advisor: Cole, Dora, Dunn")  # fmt: skip
    ottos = firm.browser("Otto")
    firm.does("Ada", "advisory:person_deactivate", otto.pk, reason="He left.", advises_next=bea.pk)
    assert ottos.get("/").status_code == 302
    # What he had asked for is decided or taken back by those who are here.
    review = Review.objects.get(subject_id=draft.public_id, state="open")
    firm.approves("Rui", review)
    policies.signed(firm, draft, advisor="Bea", clients=["Dan Dunn"], on_paper=True)
    ask = Review.objects.get(subject_kind="model", state__in=("open", "returned"))
    firm.reads("Rui", f"/reviews/{ask.public_id}/", "An idea of Otto's.")
    answer = firm.browser("Rui").post(
        f"/reviews/{ask.public_id}/", {"verdict": "rejected", "seen": ask.fingerprint, "text": "Not now."}
    )
    assert answer.status_code == 302, plain(answer)[:3000]
    firm.does("Ana", "clients:model_draft_remove", model, reason="Nobody stands behind it.")
    firm.reads("Bea", "/households/", "Cole", "Dora", "Dunn")
    the_day_passes(firm, date(2026, 8, 31))
    assert Policy.objects.get(household__code="dunn", state="adopted").version == 2


# ── September ────────────────────────────────────────────────────────────────────────────────────


def dans_account_moves(firm: Firm) -> None:
    """To Schwab under another number: nothing is traded until its file has come; lots and purchases stay known."""
    firm.is_at(date(2026, 9, 8))
    account, dunns = firm.account(families.DUNNS), firm.household("dunn")
    firm.custodians.reinvests(families.DUNNS, "VEA", 12, date(2026, 9, 4))
    firm.closes(date(2026, 9, 8))
    before = _bought(firm, dunns)
    assert before
    lots = sorted(
        account.lots.filter(closed_on=None).values_list(
            "security__symbol", "acquired_on", "quantity", "basis"
        )
    )

    firm.is_at(date(2026, 9, 10))
    firm.does("Bea", "clients:account_move", account, custodian="schwab", number=families.DUNNS_NEW, moved_on=date(2026, 9, 10))  # fmt: skip
    firm.reads("Bea", "/readiness/", "the new custodian's file has not come yet.")
    firm.custodians.moves(families.DUNNS, to="schwab", under=families.DUNNS_NEW)
    firm.closes(date(2026, 9, 11))
    account.refresh_from_db()
    assert account.reconciliation == "reconciled", (account.reconciliation, account.reconciliation_note)
    after = sorted(
        account.lots.filter(closed_on=None).values_list(
            "security__symbol", "acquired_on", "quantity", "basis"
        )
    )
    assert [row[:3] for row in after] == [row[:3] for row in lots]
    assert _bought(firm, dunns) >= before
    assert account.bindings.filter(ended_at=None).exists()
    # Stocks have grown out of their band: now both of his accounts are traded, each at its own custodian.
    expect(dunn="proposed")
    assert "dunn" in firm.trades(date(2026, 9, 14))
    firm.closes(date(2026, 9, 14))
    the_day_passes(firm, date(2026, 9, 30))


def _bought(firm: Firm, household: object) -> set[tuple[str, date, str]]:
    """What the wash-sale rule knows of purchases."""
    found = portfolios.load(household, as_of_on=firm.today, trade_on=date(2026, 9, 14))  # type: ignore[arg-type]
    assert isinstance(found, portfolios.Portfolio), found
    return {(one.security, one.on, f"{one.shares:.4f}") for one in found.household.recent_trades}
