"""Signatures under an approved version, each bound to exactly the text that was approved; and its adoption once all are
there and its day has come.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime

import structlog
from django.db import transaction

from clients import access
from clients.models import Person, Policy, PolicySignature
from clients.policies import parties, policies
from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.models import SubjectKind
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, Conflict, NotAllowed, Refusal, Stale
from compliance.review_desk import approvals

Party = PolicySignature.Party
DOCUMENT_MAX = 16 * 1024 * 1024
ADOPTION = Actor.system("adoption of policies")
log = structlog.get_logger("clients.policies.signatures")


def sign(
    policy: Policy, *, party: str, seen: str, typed_name: str, by: Actor, at: datetime
) -> PolicySignature:
    """Sign in this system: the person behind `by` signs the text with the fingerprint `seen`.

    Raises `NotAllowed` for people who are not that party, `BadInput` when the typed name is not the signer's, `Stale`
    when the text is not what was seen, `Conflict` unless the version is approved and still to be signed.
    """
    user = people.behind(by)
    person = _refuse_stranger(policy, party, user, at=at)
    name = str(person) if person is not None else by.label
    if _plain(typed_name) != _plain(name):
        raise BadInput("This is not your name as it is on record.", f"Type it exactly: {name}.")
    with transaction.atomic():
        policy, digest = _to_be_signed(policy, seen)
        if PolicySignature.objects.filter(policy=policy, party=party, name=name, fingerprint=digest).exists():
            raise Conflict("You have signed this version already.", "Nothing more is needed from you.")
        return _keep(
            policy,
            digest,
            party=party,
            method=PolicySignature.Method.SIGNED_IN,
            name=name,
            person=person,
            signed_on=at.astimezone(EASTERN).date(),
            user_id=user.pk,
            by=by,
            at=at,
        )


def record_document(
    policy: Policy,
    *,
    party: str,
    name: str,
    signed_on: date,
    document: bytes,
    document_name: str,
    seen: str,
    by: Actor,
    at: datetime,
) -> PolicySignature:
    """Record a signed document: the PDF of this version as it came back, kept encrypted with its digest.

    Raises `NotAllowed` for anybody but the household's advisor and compliance, `BadInput` for a file that is not a PDF
    or a day in the future, otherwise as `sign`.
    """
    user = people.behind(by)
    on = at.astimezone(EASTERN).date()
    if not (access.advises(user, policy.household, on=on) or user.has_role(Role.COMPLIANCE)):
        raise NotAllowed("Only the household's advisor or compliance can record a signed document.")
    if party == Party.COMPLIANCE and not user.has_role(Role.COMPLIANCE):
        raise NotAllowed("Only compliance records its own signature.")
    if not document.startswith(b"%PDF-") or len(document) > DOCUMENT_MAX:
        raise BadInput("This is not a PDF of at most 16 MB.", "Scan the signed pages into one PDF.")
    if signed_on > on:
        raise BadInput("The document cannot have been signed in the future.", "Give the day on the document.")
    if not name.strip():
        raise BadInput("The signature needs a name.", "Give the names of those who signed.")
    with transaction.atomic():
        policy, digest = _to_be_signed(policy, seen)
        return _keep(
            policy,
            digest,
            party=party,
            method=PolicySignature.Method.PAPER,
            name=name.strip(),
            person=None,
            signed_on=signed_on,
            user_id=user.pk,
            document=document,
            document_name=document_name,
            by=by,
            at=at,
        )


def adopt_due(*, by: Actor, at: datetime) -> list[Policy]:
    """Adopt every approved version that is signed and whose day has come; a second run finds none.

    One that cannot be adopted (its approval has run out, its model is retired) stays as it is, and its page says why.
    """
    adopted = []
    for policy in Policy.objects.filter(state=Policy.State.APPROVED).order_by("pk"):
        if (done := adopt_or_wait(policy, by=by, at=at)) is not None:
            adopted.append(done)
    return adopted


def adopt_or_wait(policy: Policy, *, by: Actor, at: datetime) -> Policy | None:
    """As `adopt_if_due`, where what stands in the way undoes nothing else: the version stays as it is, and its page says
    why.
    """
    try:
        return adopt_if_due(policy, by=by, at=at)
    except Refusal as refusal:
        log.warning("a signed policy is not adopted", policy=policy.public_id, refusal=refusal.kind)
        return None


def refusal_to_adopt(policy: Policy, *, at: datetime) -> str:
    """Why an approved version is not adopted yet; empty where nothing stands in its way."""
    digest = policies.fingerprint_of(policy)
    missing = parties.outstanding(policy, digest=digest, on=at.astimezone(EASTERN).date())
    if missing:
        return f"Still to sign: {', '.join(one.who for one in missing)}."
    if policy.starts_on is not None and policy.starts_on > at.astimezone(EASTERN).date():
        return "It is signed, and takes effect on its day."
    try:
        with transaction.atomic():
            approvals.require_approval(
                subject_kind=SubjectKind.POLICY, subject_id=policy.public_id, fingerprint=digest, at=at
            )
    except Refusal as refusal:
        return str(refusal)
    return ""


def refusal_to_sign(policy: Policy, party: str, user: object, *, at: datetime) -> str | None:
    """Why this person may not sign for this party; None where they may."""
    try:
        _refuse_stranger(policy, party, user, at=at)
    except NotAllowed as refusal:
        return str(refusal)
    return None


def _to_be_signed(policy: Policy, seen: str) -> tuple[Policy, str]:
    locked = Policy.objects.select_for_update().get(pk=policy.pk)
    if locked.state != Policy.State.APPROVED:
        raise Conflict(
            f"This version is {locked.get_state_display().lower()}.", "Only an approved version is signed."
        )
    digest = policies.fingerprint_of(locked)
    if seen != digest:
        raise Stale("The policy is not what you were shown.", "Read the present text, then sign.")
    return locked, digest


def _keep(
    policy: Policy,
    digest: str,
    *,
    party: str,
    method: str,
    name: str,
    person: Person | None,
    signed_on: date,
    user_id: int,
    document: bytes | None = None,
    document_name: str = "",
    by: Actor,
    at: datetime,
) -> PolicySignature:
    """Keep a signature, and adopt the version if it was the last one."""
    given = PolicySignature.objects.create(
        policy=policy,
        party=party,
        method=method,
        name=name[:160],
        person=person,
        fingerprint=digest,
        signed_on=signed_on,
        document=document,
        document_name=document_name[:200],
        document_sha256=hashlib.sha256(document).hexdigest() if document is not None else "",
        recorded_by_id=user_id,
        recorded_at=at,
    )
    audit.record(
        audit.Action.POLICY_SIGNED,
        about=policy,
        by=by,
        at=at,
        sealing=[("policy_signature", given.pk)],
        party=party,
        method=method,
        fingerprint=digest,
        document_sha256=given.document_sha256,
    )
    adopt_or_wait(policy, by=ADOPTION, at=at)
    return given


def adopt_if_due(policy: Policy, *, by: Actor, at: datetime) -> Policy | None:
    """Adopt an approved version that is signed and whose day has come; None while it waits."""
    digest = policies.fingerprint_of(policy)
    on = at.astimezone(EASTERN).date()
    if parties.outstanding(policy, digest=digest, on=on):
        return None
    if policy.starts_on is not None and policy.starts_on > on:
        return None
    with transaction.atomic():
        approval = approvals.require_approval(
            subject_kind=SubjectKind.POLICY, subject_id=policy.public_id, fingerprint=digest, at=at
        )
        return policies.adopt(
            policy,
            approval=approval,
            effective_on=_effective_on(policy, digest=digest, on=on),
            user_id=approval.approved_by_id,
            by=by,
            at=at,
        )


def _effective_on(policy: Policy, *, digest: str, on: date) -> date:
    """The day of the adoption; of one that everybody had signed before it was kept here, the day it was complete."""
    signed = list(policy.signatures.filter(fingerprint=digest))
    if all(one.method == PolicySignature.Method.EARLIER for one in signed):
        return min(on, max((one.signed_on for one in signed), default=on))
    return on


def _refuse_stranger(policy: Policy, party: str, user: object, *, at: datetime) -> Person | None:
    """The client who signs, None for the firm's parties."""
    on = at.astimezone(EASTERN).date()
    if party == Party.CLIENT:
        person: Person | None = next(
            (one for one in parties.signers(policy.household) if one.user_id == getattr(user, "pk", None)),
            None,
        )
        if person is None:
            raise NotAllowed("Only the household's own people sign as clients.")
        return person
    if party == Party.ADVISOR and not access.advises(user, policy.household, on=on):
        raise NotAllowed("Only the household's advisor signs as its advisor.")
    if party == Party.COMPLIANCE and not user.has_role(Role.COMPLIANCE):  # type: ignore[attr-defined]
        raise NotAllowed("Only compliance signs as compliance.")
    return None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
