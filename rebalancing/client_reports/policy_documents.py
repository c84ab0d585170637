"""An investment policy as a tagged PDF that a client signs: the same content as its page, with its fingerprint."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.conf import settings

from clients import figures
from clients.models import Account, Policy, PolicySection
from clients.policies import drafts, parties, policies, triggering, wording
from compliance.clock import EASTERN
from compliance.firm import firm_facts, firm_settings
from rebalancing.client_reports import typesetting

TEMPLATE = settings.PROJECT / "templates" / "rebalancing" / "policy.typ"
UNSIGNED = {
    Policy.State.DRAFT: "Draft. It binds nobody and is not to be signed.",
    Policy.State.REVIEW: "In review. It is not to be signed yet.",
    Policy.State.DISCARDED: "Discarded. It binds nobody.",
}
APART = frozenset({"objectives", "tax_guidance", "text", "model"})


def pdf_of(policy: Policy) -> bytes:
    """The PDF (PDF/UA-1 and PDF/A-2a). The same version in the same state with the same signatures gives the same bytes."""
    values = template_values(policy)
    return typesetting.printed(TEMPLATE, name="policy", values=values, timestamp=int(_made_at(policy)))


def template_values(policy: Policy) -> dict[str, Any]:
    """What the template prints, from exactly the value that is fingerprinted."""
    told = policies.shown(policy)
    digest = policy.fingerprint or policies.fingerprint_of(policy)
    names = {
        target.asset_class.code: target.asset_class.name
        for target in policy.targets.select_related("asset_class")
    }
    accounts = {
        one.public_id: str(one)
        for one in Account.objects.filter(household=policy.household_id).defer("number")
    }
    on = policy.effective_on or policy.starts_on
    firm = firm_settings.in_force(on=on) if on else None
    texts = [
        ("Objectives", told["objectives"]),
        *((wording.section(code), told["sections"].get(code, "")) for code in PolicySection.Code.values),
        ("Tax guidance", told["tax_guidance"]),
        ("More", told["text"]),
    ]
    return {
        "title": f"Investment policy of {policy.household.name}",
        "firm": firm.of(firm_facts.NAME) if firm else settings.FIRM_NAME,
        "version": f"Version {policy.version}",
        "state": UNSIGNED.get(Policy.State(policy.state), ""),
        "effect": f"Takes effect {wording.said('starts_on', told['starts_on'])}."
        if policy.effective_on is None
        else f"In force since {figures.day(policy.effective_on)}.",
        "fingerprint": digest,
        "sections": [{"title": title, "text": text} for title, text in texts if text],
        "targets": [
            {
                "name": names[one["asset_class"]],
                "target": f"{figures.weight_trimmed(one['target'])}%",
                "band": wording.span(one["lower"], one["upper"]),
                "rule": wording.band(one),
                "sheltered": wording.span(one["sheltered_lower"], one["sheltered_upper"]),
                "hard": wording.hard(one),
                "benchmark": one["benchmark"],
            }
            for one in told["targets"]
        ],
        "trades_when": triggering.sentence(
            drafts.terms_of(policy), is_hard=triggering.has_hard_range(policy)
        ),
        "terms": [
            *(
                {"name": label, "value": wording.said_of(told, name)}
                for name, label in wording.LABELS.items()
                if name in told and name not in APART and wording.said_of(told, name)
            ),
            {
                "name": wording.LABELS["model"],
                "value": f"{policy.model_label}. {wording.FOLLOWS[policy.follows][1]}",
            },
        ],
        "accounts": list(parties.covered_names(policy)),
        "restrictions": [wording.restriction(one, accounts) for one in told["restrictions"]],
        "signatures": _signatures(policy, digest),
        "lines": [] if Policy.State(policy.state) in UNSIGNED else _lines(policy, digest),
    }


def _signatures(policy: Policy, digest: str) -> list[str]:
    return [
        f"{one.get_party_display()}: {one.name}, {figures.day(one.signed_on)} ({one.get_method_display().lower()})"
        for one in policy.signatures.filter(fingerprint=digest)
    ]


def _lines(policy: Policy, digest: str) -> list[str]:
    """The parties whose signatures are still missing, each with a line to sign on."""
    if policy.state != Policy.State.APPROVED:
        return []
    on = policy.starts_on or policy.reviewed_on or policy.household.opened_on
    missing = parties.outstanding(policy, digest=digest, on=on)
    return [one.who if one.person is None else f"{one.who}, client" for one in missing]


def _made_at(policy: Policy) -> float:
    """A moment that belongs to the version, so that its bytes do not depend on when it is printed."""
    if policy.adopted_at is not None:
        return policy.adopted_at.timestamp()
    opened = policy.household.opened_on
    return datetime.combine(policy.starts_on or policy.reviewed_on or opened, time(12), EASTERN).timestamp()
