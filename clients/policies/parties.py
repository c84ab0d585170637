"""Who has to sign a version before it is adopted, and who still has to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from clients.models import Account, Household, Person, Policy, PolicySignature
from compliance.firm import firm_settings
from compliance.firm.policy_defaults import COMPLIANCE_SIGNS

Party = PolicySignature.Party
SIGNING = (Person.Part.HEAD, Person.Part.SPOUSE, Person.Part.TRUSTEE)
"""The people of a household who sign; children and others do not."""


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A signature that is still missing. `person` is None for the firm's own parties."""

    party: str
    who: str
    person: Person | None = None


def signers(household: Household) -> list[Person]:
    """The living people who sign for the household."""
    return list(household.people.filter(part__in=SIGNING, deceased_on=None).order_by("id"))


def covered(policy: Policy) -> list[Account]:
    """The accounts that a version covers: all of the household's, as they were open when it took effect, or are now."""
    found = Account.objects.filter(household=policy.household_id).defer("number")
    if policy.effective_on is None:
        return list(found.filter(closed_on=None))
    is_open = Q(closed_on=None) | Q(closed_on__gt=policy.effective_on)
    was_open = Q(opened_on=None) | Q(opened_on__lte=policy.effective_on)
    return list(found.filter(is_open & was_open))


def covered_names(policy: Policy) -> tuple[str, ...]:
    """The accounts that a version covers, as a client reads them."""
    return tuple(f"{one} ({one.get_registration_display()})" for one in covered(policy))


def outstanding(policy: Policy, *, digest: str, on: date) -> list[Outstanding]:
    """The signatures under exactly this text that are still missing.

    A signed document on file counts for everybody of its party; in the portal each person signs alone.
    """
    given = list(PolicySignature.objects.filter(policy=policy, fingerprint=digest))
    missing: list[Outstanding] = []
    clients = [one for one in given if one.party == Party.CLIENT]
    if not any(one.method != PolicySignature.Method.SIGNED_IN for one in clients):
        signed = {one.person_id for one in clients}
        people = signers(policy.household)
        missing += [Outstanding(Party.CLIENT, str(one), one) for one in people if one.pk not in signed]
        if not people and not clients:
            missing.append(Outstanding(Party.CLIENT, "The client"))
    firm = [Party.ADVISOR]
    if firm_settings.in_force(on=on).of(COMPLIANCE_SIGNS):
        firm.append(Party.COMPLIANCE)
    parties = {one.party for one in given}
    missing += [Outstanding(party, party.label) for party in firm if party not in parties]
    return missing
