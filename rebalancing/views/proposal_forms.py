"""The forms beside a proposal page: the page says as data what may be done, and this hands out the form for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rebalancing import forms
from rebalancing.pages.proposal.page import ProposalPage


@dataclass(frozen=True, slots=True)
class ProposalForms:
    """Fresh forms, or the one that came back with errors; None where the person may not do it. `returned` is that one."""

    decision: forms.Decision
    override: forms.Override
    consent: forms.Consent | None
    withdraw: forms.Reason | None
    revise: forms.Revise | None
    returned: tuple[Any, ...] = ()


def beside(
    page: ProposalPage,
    *,
    decision: forms.Decision | None = None,
    consent: forms.Consent | None = None,
    withdraw: forms.Reason | None = None,
    revise: forms.Revise | None = None,
    other: Any = None,
) -> ProposalForms:
    """The forms of a page. One that came back is shown instead of a fresh one, with what was typed."""
    seen, may = {"seen": page.header.fingerprint}, page.decision
    return ProposalForms(
        decision=decision or forms.Decision(initial=seen),
        override=forms.Override(initial=seen),
        consent=consent
        or (
            forms.Consent(initial=seen, people=may.consent.adults, prefix="consent")
            if may.consent.may_record
            else None
        ),
        withdraw=withdraw or (forms.Reason(prefix="withdraw") if may.may_withdraw else None),
        revise=revise
        or (
            forms.Revise(
                initial={"drift_points": may.revising.drift_points},
                places=may.revising.places,
                prefix="revise",
            )
            if may.revising
            else None
        ),
        returned=tuple(form for form in (decision, consent, withdraw, revise, other) if form is not None),
    )
