"""Compliance's part of the home page: broken promises, changes to decide, requests that block, what nobody has said yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from advisory.desk import waiting, watched, work
from advisory.desk.work import Work
from clients import access as record
from clients.models import AssetClass, Policy, PolicySignature
from clients.models.securities import CASH_CLASS
from compliance import access as review_desk
from compliance.clock import EASTERN
from compliance.firm import firm_settings
from compliance.firm.policy_defaults import COMPLIANCE_SIGNS
from compliance.models import ChangeRequest, SubjectKind
from compliance.pages.subjects import subject_url
from compliance.pages.trail import ChainState, chain_state
from compliance.review_desk import objections
from rebalancing.pages import promises
from rebalancing.promises import monitor
from rebalancing.promises.promises import Promise

LINKS = {
    Promise.SCAN: "See the scan",
    Promise.MEASURED: "Open the household",
    Promise.REVIEW: "Open the review",
    Promise.PROFILE: "Open the household",
}


@dataclass(frozen=True, slots=True)
class ComplianceSection:
    """What compliance has to do, with the state of the audit chain."""

    work: tuple[Work, ...]
    chain: ChainState
    queue_url: str
    audit_url: str


def show(user: Any, *, at: datetime) -> ComplianceSection:
    """The section."""
    chain = chain_state(at=at)
    to_do = (
        *_chain(chain),
        *_promises(user, at=at),
        *watched.work_of(user),
        *_reviews(user, at=at),
        *_signatures(user, at=at),
        *_requests(),
        *_classes(),
        *waiting.escalated(user, today=at.astimezone(EASTERN).date()),
        *waiting.undisciplined(user, at=at),
    )
    return ComplianceSection(
        work=work.listed(to_do, at=at),
        chain=chain,
        queue_url=reverse("compliance:queue"),
        audit_url=reverse("compliance:audit_list"),
    )


def _chain(chain: ChainState) -> Iterator[Work]:
    if chain.tone == "breach":
        url = reverse("compliance:audit_list")
        what = "The audit trail is broken" if chain.first_bad_seq else "The audit trail is not verified"
        yield Work(what, "The firm", "Open the trail", url, chain.sentence, tone="breach")


def _promises(user: Any, *, at: datetime) -> tuple[Work, ...]:
    found, checked = promises.rows(user, at=at), monitor.last(at=at)
    names = dict(
        record.households_for(user)
        .filter(public_id__in=[one.broken.household for one in found])
        .values_list("public_id", "name")
    )
    rows = [
        Work(
            what=f"Promise not kept: {one.broken.promise.label.lower()}",
            whom=names.get(one.broken.household, "The firm"),
            link=LINKS[one.broken.promise],
            url=one.url or reverse("rebalancing:promises"),
            why=one.broken.sentence,
            due=one.broken.due_on,
            tone="breach",
        )
        for one in found
    ]
    if checked.is_overdue:
        url, why = reverse("rebalancing:promises"), "No mail and no probe would tell of one that is not kept."
        told = Work(
            "Promises are not checked", "The firm", "See them", url, why, since=checked.since, tone="breach"
        )
        rows.insert(0, told)
    return work.at_most(rows, "promises that are not kept", reverse("rebalancing:promises"))


def _reviews(user: Any, *, at: datetime) -> tuple[Work, ...]:
    """What waits at the review desk, but for proposals, which the reviewers have: first what compliance decides."""
    standing = review_desk.reviews_for(user).active().exclude(subject_kind=SubjectKind.PROPOSAL)
    rows = []
    for review in standing.prefetch_related("makers__person").order_by("expires_at", "pk"):
        refusal = objections.refusal_to_decide(user, review, at=at) or ""
        rows.append(
            Work(
                what=review.title,
                whom=review.get_subject_kind_display(),
                link="Read it" if refusal else "Decide",
                url=subject_url(review),
                why=refusal,
                since=review.requested_at,
                due=review.expires_at,
                tone="" if refusal else "attention",
            )
        )
    rows.sort(key=lambda row: work.TONES.index(row.tone))
    return work.at_most(rows, "reviews", reverse("compliance:review_list"))


def _requests() -> Iterator[Work]:
    standing = ChangeRequest.objects.filter(lifted_at=None).select_related("review").order_by("asked_at")
    for asked in standing[: work.OF_A_KIND_MAX]:
        yield Work(
            what="A request for changes stands",
            whom=asked.review.title,
            link="Read it, or dismiss it",
            url=f"{reverse('compliance:queue')}#change-{asked.pk}",
            why=asked.text,
            since=asked.asked_at,
            tone="",
        )


def _classes() -> Iterator[Work]:
    undecided = AssetClass.objects.filter(is_equity=None, retired_on=None).exclude(code=CASH_CLASS)
    for one in undecided.order_by("name"):
        yield Work(
            what=f"Is {one.name} stocks?",
            whom="The firm",
            link="Decide",
            url=f"{reverse('clients:model_list')}#classes-title",
            why="Caps on stocks cannot be measured until compliance has said so.",
        )


def _signatures(user: Any, *, at: datetime) -> Iterator[Work]:
    """Approved policies that compliance has to sign, where the firm's settings say so."""
    if not firm_settings.in_force(on=at.astimezone(EASTERN).date()).of(COMPLIANCE_SIGNS):
        return
    waiting = record.policies_for(user).filter(state=Policy.State.APPROVED)
    signed = PolicySignature.objects.filter(party=PolicySignature.Party.COMPLIANCE, policy__in=waiting)
    for one in waiting.exclude(pk__in=signed.values("policy")).select_related("household").order_by("pk"):
        url = reverse("clients:policy_sign", args=[one.public_id])
        yield Work(f"Policy {one.version} waits for your signature", one.household.name, "Sign it", url)
