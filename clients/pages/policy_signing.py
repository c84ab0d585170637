"""An approved policy as its client reads and signs it in the portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from clients.models import Policy, PolicySignature
from clients.pages import policies as pages
from clients.pages.policies import PolicyPage
from clients.policies import parties, policies
from compliance.clock import EASTERN
from compliance.doors.refused import Refused


@dataclass(frozen=True, slots=True)
class SigningPage:
    """`signed_at` is set once this person has signed; `waits_for` names who else has to."""

    policy_page: PolicyPage
    name: str
    seen: str
    signed_at: datetime | None
    waits_for: tuple[str, ...]
    is_adopted: bool
    pdf_url: str
    portal_url: str
    refused: Refused | None = None


def show(user: Any, policy: Policy, *, refused: Refused | None = None, at: datetime) -> SigningPage:
    digest = policies.fingerprint_of(policy)
    person = next(one for one in parties.signers(policy.household) if one.user_id == user.pk)
    mine = PolicySignature.objects.filter(policy=policy, person=person, fingerprint=digest).first()
    missing = parties.outstanding(policy, digest=digest, on=at.astimezone(EASTERN).date())
    return SigningPage(
        policy_page=pages.show(user, policy, at=at),
        name=str(person),
        seen=digest,
        signed_at=mine.recorded_at if mine else None,
        waits_for=tuple(one.who for one in missing if one.person != person),
        is_adopted=policy.state in Policy.SETTLED,
        pdf_url=reverse("rebalancing:policy_pdf", args=[policy.public_id]),
        portal_url=reverse("rebalancing:portal"),
        refused=refused,
    )
