"""The life of a draft: begun, changed, discarded, submitted for review, taken back from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from clients.models import Household, ModelVersion, Policy, PolicyTemplate
from clients.policies import differences, gaps, policies, targets, templates
from clients.policies.policies import Content
from clients.policies.restrictions import RestrictionSpec
from compliance.audit_trail import audit
from compliance.models import ACTIVE_STATES, Review, SubjectKind
from compliance.models.reviews import State as ReviewState
from compliance.people.actors import Actor
from compliance.refusals import Blocked, Cause, Conflict
from compliance.review_desk import reviews
from compliance.review_desk.reviews import Maker
from rebalancing.engine.market.calendars import wall_clock

UNDER_WAY = (Policy.State.DRAFT, Policy.State.REVIEW, Policy.State.APPROVED)
DECIDED_WITHIN = timedelta(days=30)
"""How long a version that was signed elsewhere waits for its reviewer."""
GOOD_FOR = timedelta(days=90)
"""How long an approval waits for signatures, and at least until a month after the planned day."""

TERMS = (
    *(
        "level",
        "pooling_allowed",
        "objectives",
        "risk",
        "equity_cap",
        "loss_limit",
        "benchmark",
        "discretion",
    ),
    *(
        "horizon_years",
        "follows",
        "look",
        "calendar",
        "due_session",
        "due_day",
        "soft_breach",
        "sleeve_bands",
        "on_fall",
        "fall_classes",
        "edge_is_breach",
        "band_preference",
        "sheltered_band_share",
    ),
    *("tracking_error_limit", "destination_taxable", "destination_sheltered", "destination_additions"),
    *(
        "uses_cash_flows",
        "harvests_losses",
        "harvest_rebalances",
        "short_term_gains_allowed",
        "gain_budget",
        "cash_reserve",
    ),
    *("minimum_trade", "tax_guidance", "text", "starts_on", "reviewed_on", "next_review_on"),
)
"""The columns of a policy that its author writes."""


def begin(
    household: Household,
    *,
    model: ModelVersion,
    template: PolicyTemplate | None = None,
    shipped: str = "",
    following: Policy | None = None,
    words: templates.Words,
    by: Actor,
    at: datetime,
) -> Policy:
    """Begin the next version: from a firm template, from a shipped example, or from the version in force.

    Raises `Conflict` while another version is under way, so that two drafts never compete.
    """
    with transaction.atomic():
        Household.objects.select_for_update().get(pk=household.pk)
        other = Policy.objects.filter(household=household, state__in=UNDER_WAY).first()
        if other is not None:
            raise Conflict(
                f"Version {other.version} is already under way ({other.get_state_display().lower()}).",
                "Open it and continue there, or discard it first.",
            )
        if following is not None:
            content = replace(content_of(following), model=model)
            content = replace(content, terms={**content.terms, "starts_on": None})
            source = f"version {following.version}"
        elif template is not None or shipped:
            of = template.content if template is not None else templates.SHIPPED[shipped].content
            content = templates.filled(of, model=model, words=words)
            source = f"the template {template}" if template is not None else templates.SHIPPED[shipped].name
        else:
            content, source = Content(model=model, terms={"objectives": "", "risk": ""}), "nothing"
        # Whoever begins a version goes through it with the client; another day can be typed.
        reviewed = {**content.terms, "reviewed_on": wall_clock(at).date()}
        policy = policies.start(household, replace(content, terms=reviewed), at=at)
        audit.record(
            audit.Action.POLICY_DRAFTED, about=policy, by=by, at=at, version=policy.version, source=source
        )
    return policy


def save(policy: Policy, content: Content, *, by: Actor, at: datetime) -> Policy:
    """Put other content into a draft. It may be incomplete; `gaps.of` says what is missing.

    Raises `Conflict` unless it is a draft, `BadInput` for a band or a restriction that makes no sense.
    """
    with transaction.atomic():
        policy = _locked(policy)
        if policy.state != Policy.State.DRAFT:
            raise Conflict(
                f"This version is {policy.get_state_display().lower()} and cannot be edited.",
                "Reopen it as a draft, or begin a new version.",
            )
        before = policies.shown(policy)
        policies.restate(policy, content, at=at)
        policy = Policy.objects.get(pk=policy.pk)
        changed = differences.between(before, policies.shown(policy))
        audit.record(
            audit.Action.POLICY_EDITED,
            about=policy,
            by=by,
            at=at,
            changed={one.label: {"before": one.before, "after": one.after} for one in changed},
        )
    return policy


def discard(policy: Policy, *, reason: str, by: Actor, at: datetime) -> Policy:
    """Put a version away that was never adopted. Its content stays readable. Raises `Conflict` once it is adopted."""
    with transaction.atomic():
        policy = _locked(policy)
        if policy.state not in UNDER_WAY:
            raise Conflict(
                f"This version is {policy.get_state_display().lower()}.",
                "Only a version that was never adopted can be discarded.",
            )
        _withdraw(policy, reason=reason, by=by, at=at)
        policies.move(policy, Policy.State.DISCARDED)
        audit.record(audit.Action.POLICY_DISCARDED, about=policy, by=by, at=at, reason=reason)
    return policy


def submit(policy: Policy, *, by: Actor, at: datetime) -> Review:
    """Ask the review desk for a decision about a draft, which stays as it is from here on.

    Raises `Blocked` while something is missing, `Conflict` unless it is a draft.
    """
    with transaction.atomic():
        policy = _locked(policy)
        if policy.state != Policy.State.DRAFT:
            raise Conflict(
                f"This version is {policy.get_state_display().lower()}.", "It was submitted already."
            )
        on = wall_clock(at).date()
        missing = [one for one in gaps.of(policy, on=on) if not one.is_done and one.is_required]
        if missing:
            raise Blocked(
                "The policy is not complete yet.",
                "Fill in what the task list names.",
                causes=[Cause(input=one.label, sentence=f"{one.label}: {one.sentence}") for one in missing],
            )
        return _ask(policy, expires_at=_expires(policy, at=at), by=by, at=at)


def submit_signed(policy: Policy, *, by: Actor, at: datetime) -> Review:
    """Ask the review desk about a draft that was signed before it was kept here; it may say less than one written here."""
    with transaction.atomic():
        return _ask(_locked(policy), expires_at=at + DECIDED_WITHIN, by=by, at=at)


def _ask(policy: Policy, *, expires_at: datetime, by: Actor, at: datetime) -> Review:
    policies.move(policy, Policy.State.REVIEW)
    digest = policies.fingerprint_of(policy)
    audit.record(audit.Action.POLICY_SUBMITTED, about=policy, by=by, at=at, fingerprint=digest)
    earlier = Review.objects.of_subject(SubjectKind.POLICY, policy.public_id).count()
    return reviews.request(
        subject_kind=SubjectKind.POLICY,
        subject_id=policy.public_id,
        subject_revision=earlier + 1,
        title=f"Investment policy of {policy.household.name}, version {policy.version}"[:200],
        fingerprint=digest,
        expires_at=expires_at,
        makers=_makers(policy),
        household_ref=policy.household_ref,
        by=by,
        at=at,
    )


def make_room(household: Household, *, reason: str, by: Actor, at: datetime) -> None:
    """Discard the version under way, for one that takes its place. Raises `Conflict` where it is approved already."""
    for policy in Policy.objects.filter(household=household, state__in=UNDER_WAY):
        if policy.state == Policy.State.APPROVED:
            raise Conflict(
                f"Version {policy.version} of its policy is approved and waits for signatures.",
                "Have it signed, or discard it first.",
            )
        discard(policy, reason=reason, by=by, at=at)


def reopen(policy: Policy, *, reason: str, by: Actor, at: datetime) -> Policy:
    """Take a version back from the desk, or from its signing, to be edited again. It needs a new review and new
    signatures.
    """
    with transaction.atomic():
        policy = _locked(policy)
        if policy.state not in (Policy.State.REVIEW, Policy.State.APPROVED):
            raise Conflict(
                f"This version is {policy.get_state_display().lower()}.",
                "Only one in review can be reopened.",
            )
        _withdraw(policy, reason=reason, by=by, at=at)
        policies.move(policy, Policy.State.DRAFT)
        audit.record(audit.Action.POLICY_REOPENED, about=policy, by=by, at=at, reason=reason)
    return policy


def take_back_settled(*, by: Actor, at: datetime) -> list[Policy]:
    """Make drafts again of the versions that nobody decides about or signs any more: their review was rejected or
    withdrawn, or it or its approval has run out. A second run finds none.
    """
    taken = []
    for key in Policy.objects.filter(state__in=(Policy.State.REVIEW, Policy.State.APPROVED)).order_by("pk").values_list("pk", flat=True):  # fmt: skip
        with transaction.atomic():
            policy = Policy.objects.select_for_update().get(pk=key)
            review = review_of(policy)
            waits = review is not None and (review.is_active or review.state == ReviewState.APPROVED)
            if policy.state not in (Policy.State.REVIEW, Policy.State.APPROVED) or waits:
                continue
            policies.move(policy, Policy.State.DRAFT)
            what = review.get_state_display().lower() if review is not None else "not there"
            audit.record(
                audit.Action.POLICY_REOPENED, about=policy, by=by, at=at, reason=f"Its review is {what}."
            )
            taken.append(policy)
    return taken


def review_of(policy: Policy) -> Review | None:
    """The newest review about a version."""
    return Review.objects.of_subject(SubjectKind.POLICY, policy.public_id).order_by("-pk").first()


def content_of(policy: Policy) -> Content:
    """A version's content, as its author stated it."""
    return Content(
        model=policy.model,
        targets=tuple(targets.spec_of(one) for one in policy.targets.select_related("asset_class")),
        restrictions=tuple(
            RestrictionSpec(
                kind=one.kind,
                reason=one.reason,
                symbol=one.security.symbol if one.security else "",
                issuer=one.issuer,
                sector=one.sector,
                account=one.account,
                weight_cap=one.weight_cap,
                until_on=one.until_on,
            )
            for one in policy.restrictions.select_related("security", "account")
        ),
        sections={one.code: one.text for one in policy.sections.all()},
        terms=terms_of(policy),
    )


def terms_of(policy: Policy) -> dict[str, Any]:
    """The columns of a version that its author writes, by name."""
    return {name: getattr(policy, name) for name in TERMS}


def _locked(policy: Policy) -> Policy:
    return Policy.objects.select_for_update().get(pk=policy.pk)


def _makers(policy: Policy) -> list[Maker]:
    """Everybody who wrote in this version, from the trail."""
    written = {
        audit.Action.POLICY_DRAFTED: "drafted this policy",
        audit.Action.POLICY_EDITED: "changed this policy",
    }
    found: dict[int, str] = {}
    for event in audit.trail(about=policy).filter(action__in=list(written)):
        if event.person_ref:
            found.setdefault(int(event.person_ref), written[audit.Action(event.action)])
    return [Maker(person, did) for person, did in found.items()]


def _withdraw(policy: Policy, *, reason: str, by: Actor, at: datetime) -> None:
    review = review_of(policy)
    if review is None or review.used_at is not None:
        return
    if review.state in (*ACTIVE_STATES, ReviewState.APPROVED) and at < review.expires_at:
        reviews.withdraw(review, reason, answers_for_it=True, by=by, at=at)


def _expires(policy: Policy, *, at: datetime) -> datetime:
    days = GOOD_FOR
    if policy.starts_on is not None:
        planned: date = policy.starts_on
        days = max(days, timedelta(days=(planned - wall_clock(at).date()).days) + DECIDED_WITHIN)
    return at + days
