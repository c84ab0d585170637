"""The investment policy of a household, version by version, with every band worked out in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse

from clients import access, figures
from clients.drawings import BandBar
from clients.models import Policy, PolicyTarget
from clients.pages import policy_values as values
from clients.pages import review_links
from clients.pages.record import RestrictionRow, restriction_row
from clients.policies import drafts, parties, policies, signatures, triggering, wording
from compliance.clock import EASTERN
from compliance.doors import pages as doors
from compliance.doors.pages import DoorLink
from compliance.models import Review, State


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One class: its target and the band as numbers, and how the band was said."""

    name: str
    bar: BandBar
    rule: str
    dollars: tuple[Decimal, Decimal] | None
    """The band at what the household owns now; None where that is not known."""
    hard: str
    sheltered: str
    benchmark: str


@dataclass(frozen=True, slots=True)
class VersionLink:
    label: str
    state: str
    url: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class SectionText:
    code: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """A signature under a text of this version; `is_current` where that text is the present one."""

    party: str
    name: str
    method: str
    signed_on: date
    digest: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class PolicyPage:
    policy: Policy
    heading: str
    read_only: str
    sent_back: tuple[str, ...]
    """What the desk said about a version that it did not approve."""
    household_url: str
    portal_url: str
    model_url: str
    model_label: str
    model_signed: str
    accounts: tuple[str, ...]
    targets: tuple[TargetRow, ...]
    target_total: Decimal
    value: Decimal | None
    restrictions: tuple[RestrictionRow, ...]
    sections: tuple[SectionText, ...]
    terms: tuple[tuple[str, str], ...]
    trades_when: str
    dates: tuple[tuple[str, Any], ...]
    approved_by: str
    fingerprint: str
    signatures: tuple[SignatureRow, ...]
    waits: str
    links: tuple[DoorLink, ...]
    review_url: str
    pdf_url: str
    changes_url: str
    versions: tuple[VersionLink, ...]

    @property
    def has_sheltered(self) -> bool:
        """Whether any band differs where no account is taxable."""
        return any(row.sheltered for row in self.targets)

    @property
    def has_hard(self) -> bool:
        """Whether any class has a range of its own that trades never leave."""
        return any(row.hard for row in self.targets)

    @property
    def has_benchmarks(self) -> bool:
        """Whether any class is compared with something."""
        return any(row.benchmark for row in self.targets)


WORDY = frozenset(
    {"objectives", "tax_guidance", "text", "model", "starts_on", "reviewed_on", "next_review_on"}
)
"""Terms that stand in a place of their own on the page."""
DOORS_BY_STATE = {
    Policy.State.DRAFT: ("clients:policy_submit", "clients:policy_discard"),
    Policy.State.REVIEW: ("clients:policy_reopen", "clients:policy_discard"),
    Policy.State.APPROVED: (
        "clients:policy_sign",
        "clients:policy_document",
        "clients:policy_reopen",
        "clients:policy_discard",
    ),
}


def show(user: Any, policy: Policy, *, at: datetime) -> PolicyPage:
    """The page; a dozen queries."""
    targets = list(policy.targets.select_related("asset_class"))
    told = policies.shown(policy)
    digest = policies.fingerprint_of(policy)
    is_staff = access.is_staff(user)
    value = values.value_of(policy.household)
    review = drafts.review_of(policy) if is_staff else None
    return PolicyPage(
        policy=policy,
        heading=_heading(policy),
        read_only=_read_only(policy),
        sent_back=_sent_back(policy, review, at=at),
        household_url=reverse("clients:household", args=[policy.household.public_id]) if is_staff else "",
        portal_url="" if is_staff else reverse("rebalancing:portal"),
        model_url=reverse("clients:model", args=[policy.model.model.public_id])
        if access.models_for(user).filter(pk=policy.model.model_id).exists()
        else "",
        model_label=policy.model_label,
        model_signed=wording.FOLLOWS[policy.follows][1],
        accounts=parties.covered_names(policy),
        targets=tuple(
            _target(target, one, value=value) for target, one in zip(targets, told["targets"], strict=True)
        ),
        value=value,
        target_total=sum((target.weight_target for target in targets), Decimal(0)),
        restrictions=tuple(
            restriction_row(row) for row in policy.restrictions.select_related("security", "account")
        ),
        sections=tuple(
            SectionText(one.code, one.get_code_display(), one.text) for one in policy.sections.all()
        ),
        terms=tuple(
            (label, wording.said_of(told, name))
            for name, label in wording.LABELS.items()
            if name not in WORDY
        ),
        trades_when=triggering.sentence(drafts.terms_of(policy), is_hard=triggering.has_hard_range(policy)),
        dates=(
            ("Planned to take effect", policy.starts_on),
            ("In force from", policy.effective_on),
            *(
                [("In force until", policy.superseded_at.astimezone(EASTERN).date())]
                if policy.superseded_at
                else []
            ),
            ("Last reviewed", policy.reviewed_on),
            ("Next review", policy.next_review_on),
        ),
        approved_by=policy.adopted_by.get_full_name() if policy.adopted_by else "",
        fingerprint=policy.fingerprint or digest,
        signatures=tuple(
            SignatureRow(
                one.get_party_display(),
                one.name,
                one.get_method_display(),
                one.signed_on,
                one.document_sha256,
                one.fingerprint in (digest, policy.fingerprint),
            )
            for one in policy.signatures.all()
        ),
        waits=signatures.refusal_to_adopt(policy, at=at) if policy.state == Policy.State.APPROVED else "",
        links=_links(user, policy),
        review_url=review_links.review_url(user, review),
        pdf_url=reverse("rebalancing:policy_pdf", args=[policy.public_id]),
        changes_url=reverse("clients:policy_changes", args=[policy.public_id]) if is_staff else "",
        versions=tuple(
            VersionLink(
                f"Version {other.version}",
                other.state,
                reverse("clients:policy", args=[other.public_id]),
                other.pk == policy.pk,
            )
            for other in access.policies_for(user).filter(household=policy.household).order_by("-version")
        ),
    )


def _links(user: Any, policy: Policy) -> tuple[DoorLink, ...]:
    """What this person may do with the version now."""
    state = Policy.State(policy.state)
    found = doors.links(DOORS_BY_STATE.get(state, ()), user, policy)
    if access.refusal_to_write_policies(user, policy.household) is None:
        if state == Policy.State.DRAFT:
            edit = DoorLink("Edit the draft", reverse("clients:policy_edit", args=[policy.public_id]))
            return (edit, *found)
        if state in Policy.SETTLED:
            return doors.links(("clients:policy_begin",), user, policy.household)
    return found


def _heading(policy: Policy) -> str:
    what = {
        Policy.State.ADOPTED: f"in force since {figures.day(policy.effective_on)}",
        Policy.State.DRAFT: "a draft",
        Policy.State.REVIEW: "in review",
        Policy.State.APPROVED: "approved, to be signed",
        Policy.State.SUPERSEDED: "replaced by a later version",
        Policy.State.DISCARDED: "discarded",
    }[Policy.State(policy.state)]
    return f"Investment policy of {policy.household.name}, version {policy.version}: {what}"


def _read_only(policy: Policy) -> str:
    return {
        Policy.State.DRAFT: "A draft binds nobody. It is adopted through the review desk once all parties have signed it.",
        Policy.State.REVIEW: "It is in review, and its text stays as it is. To change it, reopen it as a draft.",
        Policy.State.APPROVED: "It is approved and its text stays as it is. It is adopted once everybody has signed and its day has come.",
        Policy.State.DISCARDED: "It was discarded before it was adopted and binds nobody.",
    }.get(
        Policy.State(policy.state),
        "An adopted version never changes. A change is a new version, with its own signatures and review.",
    )


def _sent_back(policy: Policy, review: Review | None, *, at: datetime) -> tuple[str, ...]:
    """Why a version waits for its author and not for the reviewer: what the desk said, and what to do."""
    if review is None or policy.state not in (Policy.State.REVIEW, Policy.State.DRAFT):
        return ()
    is_draft = policy.state == Policy.State.DRAFT
    cure = (
        "Correct it, and submit it again."
        if is_draft
        else "Reopen it as a draft, correct it, and submit it again."
    )
    if review.state == State.REJECTED or (review.state == State.RETURNED and not is_draft):
        said = (
            f"{one.get_verdict_display()} by {one.decided_by_label}: {one.text}"
            for one in review.decisions.all()
            if one.text
        )
        return (*said, cure)
    if not is_draft and (review.state != State.OPEN or review.expires_at <= at):
        return (f"Nobody can decide about it any more: {review.get_state_display().lower()}.", cure)
    return ()


def _target(target: PolicyTarget, told: Mapping[str, Any], *, value: Decimal | None) -> TargetRow:
    return TargetRow(
        name=target.asset_class.name,
        bar=BandBar(
            label=target.asset_class.name,
            target=target.weight_target,
            lower=target.weight_lower,
            upper=target.weight_upper,
            before=None,
        ),
        rule=wording.band(told),
        dollars=values.of_band(target.weight_lower, target.weight_upper, value=value),
        hard=wording.hard(told),
        sheltered=wording.span(target.sheltered_lower, target.sheltered_upper),
        benchmark=target.benchmark,
    )
