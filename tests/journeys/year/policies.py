"""An investment policy through its doors: begun, written, reviewed, signed by everybody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import ModelPortfolio, Policy, PolicySection
from clients.policies import policies
from compliance.models import Review
from tests.cast import PASSWORD
from tests.journeys.year.firm import Firm, plain, shown

PDF = b"%PDF-1.7 signed by hand"


def begun(firm: Firm, code: str, *, by: str, source: str = "in-force") -> Policy:
    """The household's advisor begins its next version."""
    model = (
        ModelPortfolio.objects.get(code="example-60-40").versions.filter(state="published").latest("version")
    )
    household = firm.household(code)
    firm.does(by, "clients:policy_begin", household, source=source, model=model.pk)
    return household.policies.latest("version")


def written(firm: Firm, policy: Policy, *, by: str, **changes: Any) -> None:
    """Everything the task list asks for is filled in; `changes` are fields of the terms."""
    address = reverse("clients:policy_edit", args=[policy.public_id])
    client = firm.browser(by)
    forms = client.get(address).context["page"].forms
    sent: dict[str, Any] = {}
    for form in (
        forms.terms,
        forms.words,
        forms.targets.management_form,
        forms.restrictions.management_form,
        *forms.targets.forms,
        *forms.restrictions.forms,
    ):
        sent |= shown(form)
    for code in PolicySection.Code.values:
        sent.setdefault(f"words-{code}", f"Our words on {code}.")
    sent = {name: value for name, value in sent.items() if value is not None}
    given = {
        "tax_guidance": "Long-term lots first.",
        "horizon_years": 12,
        "objectives": "Growth with some income.",
        "risk": "Moderate",
        "follows": "model",
        "reviewed_on": firm.today,
        "next_review_on": firm.today + timedelta(days=365),
        **changes,
    }
    sent |= {f"terms-{name}": _text(value) for name, value in given.items()}
    answer = client.post(address, {**sent, "action": "save"})
    assert answer.status_code == 302, plain(answer)[:6000]


def reviewed(firm: Firm, policy: Policy, *, by: str, reviewer: str = "Rui") -> None:
    """Its author submits it, and a reviewer approves exactly that."""
    firm.does(by, "clients:policy_submit", policy)
    review = Review.objects.get(subject_id=policy.public_id, state="open")
    firm.approves(reviewer, review)


def signed(firm: Firm, policy: Policy, *, advisor: str, clients: list[str], on_paper: bool = False) -> None:
    """The advisor signs, and the clients in their portal or on paper; the last signature adopts it."""
    digest = policies.fingerprint_of(policy)
    firm.does(advisor, "clients:policy_sign", policy, party="advisor", typed_name=advisor)
    if on_paper:
        firm.does(
            advisor, "clients:policy_document", policy, party="client", name=" and ".join(clients),
            signed_on=firm.today, document=SimpleUploadedFile("signed.pdf", PDF, "application/pdf"),
        )  # fmt: skip
    else:
        for client in clients:
            person = firm.household(policy.household.code).people.get(user=firm.person(client))
            firm.presses(
                client, reverse("clients:policy_to_sign", args=[policy.public_id]), seen=digest, agree="on",
                typed_name=str(person), password=PASSWORD,
            )  # fmt: skip
    policy.refresh_from_db()
    assert policy.state == Policy.State.ADOPTED, policy.state


def renewed(
    firm: Firm, code: str, *, advisor: str, clients: list[str], on_paper: bool = False, **changes: Any
) -> Policy:
    """The next version from the one in force, all the way to its adoption."""
    draft = begun(firm, code, by=advisor)
    written(firm, draft, by=advisor, **changes)
    reviewed(firm, draft, by=advisor)
    signed(firm, draft, advisor=advisor, clients=clients, on_paper=on_paper)
    return draft


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
