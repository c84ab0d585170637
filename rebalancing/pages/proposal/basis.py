"""What a revision was made from: digests, versions and the two documents."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from rebalancing.pages.proposal.stored import Stored


@dataclass(frozen=True, slots=True)
class Basis:
    """`versions` are pairs of what it is and its value."""

    versions: tuple[tuple[str, str], ...]
    household_json_url: str
    plan_json_url: str


def of(stored: Stored) -> Basis:
    revision, versions = stored.revision, stored.plan.versions
    args = [stored.proposal.public_id, revision.number]
    return Basis(
        versions=(
            ("Fingerprint", revision.fingerprint),
            ("Input document", revision.input_digest),
            ("Plan document", revision.plan_digest),
            ("Verifier's signature", revision.verifier_signature),
            ("Engine", versions.engine),
            ("Solver", versions.solver),
            ("Tax tables", versions.tax_tables),
        ),
        household_json_url=reverse("rebalancing:revision_document", args=[*args, "household"]),
        plan_json_url=reverse("rebalancing:revision_document", args=[*args, "plan"]),
    )
