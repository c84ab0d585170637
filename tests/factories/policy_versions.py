"""A household's next policy version on its way, in the browser: begun by Ana, written, decided by Rui, signed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from clients.models import Household, Policy, PolicySection
from clients.policies import policies
from compliance import clock
from compliance.models import Review
from tests import cast
from tests.pages import as_, page_of, words_of


def today() -> date:
    return clock.now().astimezone(clock.EASTERN).date()


def begun(household: Household, *, source: str = "in-force") -> Policy:
    """Ana begins the next version in the browser."""
    door = reverse("clients:policy_begin", args=[household.public_id])
    model = Policy.objects.get(household=household, version=1).model_id
    answer = as_(cast.ana()).post(door, {"source": source, "model": str(model)})
    assert answer.status_code == 302, words_of(answer)[:3000]
    return Policy.objects.filter(household=household).latest("version")


def typed(page: Any) -> dict[str, Any]:
    """What the editor's forms would send if nothing was changed."""
    sent: dict[str, Any] = {}
    groups = (page.forms.targets.management_form, page.forms.restrictions.management_form)
    rows = (*page.forms.targets.forms, *page.forms.restrictions.forms)
    for form in (page.forms.terms, page.forms.words, *groups, *rows):
        for bound in form:
            value = bound.value()
            if value is None or value is False or value in ((), []):
                continue
            if isinstance(value, (list, tuple)):
                sent[bound.html_name] = list(value)
                continue
            value = bound.field.prepare_value(value) if hasattr(bound.field, "prepare_value") else value
            sent[bound.html_name] = "on" if value is True else str(value)
    return sent


def edited(ana: Client, policy: Policy, *, action: str = "save", **changes: str) -> Any:
    """Ana changes fields of the editor, named as on the page with two underscores for a hyphen, and sends it."""
    address = reverse("clients:policy_edit", args=[policy.public_id])
    form = typed(page_of(ana.get(address)))
    form |= {name.replace("__", "-"): value for name, value in changes.items()}
    return ana.post(address, form | {"action": action})


def written(policy: Policy, **changes: str) -> Policy:
    """Everything the task list asks for is filled in."""
    texts = {f"words__{code}": f"Our words on {code}." for code in PolicySection.Code.values}
    answer = edited(
        as_(cast.ana()),
        policy,
        **{
            "terms__tax_guidance": "Long-term lots first.",
            "terms__horizon_years": "15",
            "terms__next_review_on": (today() + timedelta(days=365)).isoformat(),
            **texts,
            **changes,
        },
    )
    assert answer.status_code == 302, words_of(answer)[:3000]
    return Policy.objects.get(pk=policy.pk)


def approved(policy: Policy) -> Policy:
    """Submitted by Ana and approved by Rui at the review desk."""
    answer = as_(cast.ana()).post(reverse("clients:policy_submit", args=[policy.public_id]))
    assert answer.status_code == 302, words_of(answer)[:3000]
    return decided(policy, "approved")


def decided(policy: Policy, verdict: str, text: str = "") -> Policy:
    """Rui decides about the version that waits for him."""
    review = Review.objects.get(subject_id=policy.public_id, state="open")
    answer = as_(cast.rui()).post(
        reverse("compliance:review", args=[review.public_id]),
        {"seen": review.fingerprint, "verdict": verdict, "text": text},
    )
    assert answer.status_code == 302, words_of(answer)[:3000]
    return Policy.objects.get(pk=policy.pk)


def signed_by(person: Any, policy: Policy, *, party: str = "advisor") -> Any:
    """Somebody of the firm signs at the desk."""
    return as_(person).post(
        reverse("clients:policy_sign", args=[policy.public_id]),
        {
            "party": party,
            "typed_name": person.get_full_name(),
            "seen": policies.fingerprint_of(policy),
        },
    )


def signed_by_mia(policy: Policy, **changes: str) -> Any:
    """Mia signs in her portal."""
    return as_(cast.mia()).post(
        reverse("clients:policy_to_sign", args=[policy.public_id]),
        {
            "seen": policies.fingerprint_of(policy),
            "agree": "on",
            "typed_name": "mia  miller",
            "password": cast.PASSWORD,
            **changes,
        },
    )
