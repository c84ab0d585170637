"""The policies that wait for a client's signature, on the client's home."""

from __future__ import annotations

from dataclasses import dataclass
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
