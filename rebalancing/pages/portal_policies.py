"""The policies that wait for a client's signature, on the client's home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from clients import access as record
from clients.models import Person, Policy, PolicySignature
from clients.policies import parties, policies


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """An approved policy that this client signs."""

    url: str
    version: int
    is_signed: bool


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy that binds, with its PDF."""

    url: str
    pdf_url: str
    version: int
    since: date


def in_force(user: Any, person: Person | None, *, on: date) -> InForce | None:
    """The household's policy in force, for those who may read it."""
    if person is None:
        return None
    policy = policies.in_force(person.household, on=on)
    if policy is None or not record.policies_for(user).filter(pk=policy.pk).exists():
        return None
    assert policy.effective_on is not None, "a policy in force has its day"
    return InForce(
        reverse("clients:policy", args=[policy.public_id]),
        reverse("rebalancing:policy_pdf", args=[policy.public_id]),
        policy.version,
        policy.effective_on,
    )


def waiting_for(user: Any, person: Person | None) -> tuple[PolicyRow, ...]:
    """Approved versions that this person signs, and whether they have."""
    if person is None:
        return ()
    waiting = record.policies_for(user).filter(state=Policy.State.APPROVED, household=person.household_id)
    signed = set(
        PolicySignature.objects.filter(policy__in=waiting, person=person).values_list("policy", "fingerprint")
    )
    return tuple(
        PolicyRow(
            reverse("clients:policy_to_sign", args=[one.public_id]),
            one.version,
            (one.pk, policies.fingerprint_of(one)) in signed,
        )
        for one in waiting
        if person.part in parties.SIGNING
    )
