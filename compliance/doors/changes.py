"""Changes that a second person decides: proposing one at a door, showing it to the desk, and making it once approved.

The maker's form is stored as it was typed. At the approval it is filled in again against the record as it is then, so
that what is approved is exactly what was shown, or the approval is refused as stale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import Http404
from django.urls import reverse

from compliance.audit_trail import audit
from compliance.clock import EASTERN
from compliance.digests import fingerprint
from compliance.doors import before_after, registry
from compliance.doors.door import DoorForm, FormDoor, raw
from compliance.models import Approval, ProposedChange, Review
from compliance.models.reviews import CHANGE_KINDS
from compliance.people import people
from compliance.people.actors import Actor, ref
from compliance.refusals import Cause, Conflict
from compliance.review_desk import approvals, objections, reviews
from compliance.review_desk.decisions import Revalidated
from compliance.review_desk.reviews import Maker
from compliance.review_desk.subjects import Difference, Shown, Subject

OPEN_FOR = timedelta(days=30)
KINDS = CHANGE_KINDS
"""The kinds of subject that are proposed changes; policies, models and proposals have their own."""


def propose(
    door: FormDoor, form: DoorForm, *, parameters: Mapping[str, Any], by: Actor, at: datetime
) -> ProposedChange:
    """Store what a valid form would do, and request the decision of a second person.

    Raises `Conflict` when the same change of the same thing already waits.
    """
    assert door.two_people is not None, f"{door.name} needs no second person"
    before = {name: raw(value) for name, value in form.initial.items()}
    values = {bound.name: raw(bound.data) for bound in form}
    listed = [(line.label, line.before, line.after) for line in before_after.lines(form) if line.is_change]
    shown = {
        "door": door.browser,
        "parameters": dict(parameters),
        "values": values,
        "before": before,
        "lines": listed,
    }
    digest = fingerprint.of(shown, kind="change")
    user = people.behind(by)
    about = ref(form.subject) if form.subject is not None else None
    with transaction.atomic():
        waiting = ProposedChange.objects.filter(fingerprint=digest, made_at=None)
        active = Review.objects.filter(
            subject_kind=door.two_people,
            subject_id__in=waiting.values_list("public_id", flat=True),
            state__in=("open", "returned"),
        )
        if active.exists():
            raise Conflict(
                "Exactly this change is already waiting for a second person.",
                "Ask a colleague to decide, or withdraw it first.",
            )
        change = ProposedChange.objects.create(
            door=door.browser,
            title=_title(door, form.subject),
            parameters=dict(parameters),
            typed=values,
            before=before,
            lines=[list(line) for line in listed],
            fingerprint=digest,
            household_ref=about.household if about else "",
            proposed_by_id=user.pk,
            proposed_by_label=by.label,
            proposed_at=at,
        )
        audit.record(
            audit.Action.CHANGE_PROPOSED,
            about=change,
            by=by,
            at=at,
            sealing=[("change", change.pk)],
            title=change.title,
            door=change.door,
            about_kind=about.kind if about else "",
            about_id=about.id if about else "",
        )
        reviews.request(
            subject_kind=door.two_people,
            subject_id=change.public_id,
            subject_revision=1,
            title=change.title,
            fingerprint=digest,
            expires_at=at + OPEN_FOR,
            makers=(Maker(user.pk, "proposed this change"),),
            household_ref=change.household_ref,
            by=by,
            at=at,
        )
    return change


def nobody_else_could_decide(door: FormDoor, user: Any) -> bool:
    """Whether the firm has no second person for this door's changes yet."""
    assert door.two_people is not None, f"{door.name} needs no second person"
    return all(one.pk == user.pk for one in objections.deciders(door.two_people))


def review_of(change: ProposedChange) -> Review:
    """The review that decides about a change."""
    found: Review = Review.objects.get(subject_id=change.public_id, subject_kind__in=KINDS)
    return found


def _of(review: Review) -> ProposedChange:
    return ProposedChange.objects.select_related("proposed_by").get(public_id=review.subject_id)


def _show(review: Review) -> Shown:
    change = _of(review)
    door = registry.form_door(change.door)
    after = f"The change is made at once: {door.title.lower()}." if change.made_at is None else "It was made."
    return Shown(
        title=change.title,
        lines=tuple(Difference(*line) for line in change.lines),
        why=next((after for label, _, after in change.lines if label.lower() in ("reason", "evidence")), ""),
        url=reverse(door.browser, kwargs=change.parameters),
        after_approval=after,
    )


def _revalidate(review: Review) -> Revalidated:
    """What has changed since the change was proposed: a value it started from, or that it is no longer possible."""
    change = _of(review)
    try:
        form = _filled_in(change, at=change.proposed_at)
    except Http404:
        gone = Cause(input=change.title, sentence="What this change is about is no longer there.")
        return Revalidated(change.fingerprint, causes=(gone,))
    present = {name: raw(value) for name, value in form.initial.items()}
    moved = [
        Cause(
            input=str(form.fields[name].label or name) if name in form.fields else name,
            shown=str(value),
            now=str(present.get(name, "")),
        )
        for name, value in change.before.items()
        if present.get(name) != value
    ]
    wrong = [
        Cause(input=name, sentence=" ".join(str(one) for one in errors))
        for name, errors in form.errors.items()
    ]
    follows = _follows_otherwise(change, form) if not wrong else ()
    return Revalidated(change.fingerprint, causes=(*moved, *wrong, *follows))


def _follows_otherwise(change: ProposedChange, form: DoorForm) -> Iterator[Cause]:
    """What follows from the change now and was not shown, and what was shown and no longer follows."""
    shown = {(label, before, after) for label, before, after in change.lines}
    now = {(line.label, line.before, line.after) for line in before_after.lines(form) if not line.name}
    labels = {str(bound.label) for bound in form}
    for label, before, after in sorted(shown ^ now):
        if label not in labels:
            was, is_now = (after, "") if (label, before, after) in shown else ("", after)
            yield Cause(input=label, shown=was or before, now=is_now)


def _make(approval: Approval, by: Actor, at: datetime) -> None:
    """Make an approved change, in the transaction of the approval."""
    change = ProposedChange.objects.select_for_update().get(public_id=approval.subject_id)
    # As of the day it was proposed, as the desk has just revalidated it: a first day may have passed since.
    form = _filled_in(change, at=change.proposed_at)
    assert form.is_valid(), "the desk revalidates before it approves"
    form.act(by=by, at=at)
    approvals.use(approval, by=by, at=at)
    change.made_at = at
    change.save(update_fields=["made_at"])
    audit.record(
        audit.Action.CHANGE_MADE,
        about=change,
        by=by,
        at=at,
        sealing=[("change_made", change.pk)],
        title=change.title,
        proposed_by=change.proposed_by_label,
        approval=approval.public_id,
    )


def _filled_in(change: ProposedChange, *, at: datetime) -> DoorForm:
    door = registry.form_door(change.door)
    maker = get_user_model()._default_manager.get(pk=change.proposed_by_id)
    subject = door.subject(maker, change.parameters)
    return door.bound(_Typed(change.typed), subject, user=maker, on=at.astimezone(EASTERN).date())


class _Typed(dict[str, Any]):
    """Stored values as a form reads them."""

    def getlist(self, name: str) -> list[Any]:
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


def _title(door: FormDoor, subject: Any) -> str:
    return f"{door.title}: {subject}"[:160] if subject is not None else door.title


SUBJECT = Subject(show=_show, revalidate=_revalidate, then=_make)
"""How the desk shows proposed changes and acts on them."""
