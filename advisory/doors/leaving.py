"""Signed out, second factors reset, deactivated and brought back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms

from advisory.doors.people import ONE, REASON, ROLES, TWO_PEOPLE, Decided, only_who_is_here, page_of
from advisory.models import User
from advisory.people import access, users
from clients.households import books
from clients.models import BookEntry
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role


class EndSessions(DoorForm):
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        users.end_sessions(self.subject, reason=self.cleaned_data["reason"], by=by, at=at)
        return Done(f"{self.subject} is signed out everywhere.", page_of(self.subject), self.subject)


class ResetFactors(Decided):
    reason = forms.CharField(
        **{**REASON, "help_text": "Also how you made sure that it is them. It stays on record."}
    )

    def act(self, *, by: Actor, at: datetime) -> Done:
        reason = self.cleaned_data["reason"]
        users.reset_factors(self.subject, reason=reason, alone=self.decided_alone(by), by=by, at=at)
        return Done("The second factors are removed.", page_of(self.subject), self.subject)


class Deactivate(DoorForm):
    advises_next: Any = forms.ModelChoiceField(
        None, label="Who advises their households from today", required=False
    )
    reviews_next: Any = forms.ModelChoiceField(
        None, label="Who reviews their households from today", required=False
    )
    reason = forms.CharField(**REASON)

    PARTS = (
        ("advises_next", BookEntry.Part.ADVISOR, Role.ADVISOR),
        ("reviews_next", BookEntry.Part.REVIEWER, Role.REVIEWER),
    )

    def offer(self) -> None:
        for name, part, role in self.PARTS:
            field: Any = self.fields[name]
            keys = [one.pk for one in people.holding(role) if one.pk != self.subject.pk]
            field.queryset = access.people_for(self.user).filter(pk__in=keys).order_by("name")
            field.empty_label = "Nobody"
            left = len(books.left_without(self.subject, part, on=self.on))
            field.help_text = (
                f"{left} household{'' if left == 1 else 's'} would have no {part.label.lower()}."
                if left
                else "No household would be left without one."
            )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name, part, _ in self.PARTS:
            left = books.left_without(self.subject, part, on=self.on)
            if left and not given.get(name) and name not in self.errors:
                names = ", ".join(one.name for one in left[: books.NAMED_MAX])
                self.add_error(
                    name,
                    f"Without a successor these households have no {part.label.lower()}: {names}. Choose a colleague.",
                )
        return given

    def act(self, *, by: Actor, at: datetime) -> Done:
        user = users.deactivate(self.subject, **self.cleaned_data, by=by, at=at)
        return Done(f"{user} can no longer sign in. Open sessions have ended.", page_of(user), user)


class Reactivate(Decided):
    roles = forms.MultipleChoiceField(**ROLES)
    reason = forms.CharField(**REASON)

    def act(self, *, by: Actor, at: datetime) -> Done:
        wanted = [Role(one) for one in self.cleaned_data["roles"]]
        sent = users.reactivate(
            self.subject,
            wanted,
            reason=self.cleaned_data["reason"],
            alone=self.decided_alone(by),
            by=by,
            at=at,
        )
        return Done(f"A set-up link goes to {sent.user.email}.", page_of(sent.user), sent.user)


def _only_active(user: Any, subject: User) -> str | None:
    return None if subject.is_active else f"{subject} cannot sign in at present."


def _not_oneself(user: Any, subject: User) -> str | None:
    if subject.pk == user.pk:
        return "Nobody deactivates their own sign-in. Ask another administrator."
    return only_who_is_here(user, subject)


def _has_factors(user: Any, subject: User) -> str | None:
    if not users.factors_of(subject).exists():
        return f"{subject} has no second factor."
    return _only_active(user, subject)


def _staff_who_left(user: Any, subject: User) -> str | None:
    if subject.deactivated_at is None:
        return f"{subject} has not left."
    return None


END_SESSIONS = FormDoor(
    **ONE,
    name="person_sessions",
    act=Act.RETIRE,
    title="End all sessions",
    path="people/<int:person>/sessions/end/",
    refuse=_only_active,
    form=EndSessions,
    lead="They are signed out on every device and can sign in again.",
    actions=(Action.SESSIONS_ENDED,),
    verbs=(users.end_sessions,),
)
RESET_FACTORS = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_factors",
    act=Act.RETIRE,
    title="Reset second factors",
    path="people/<int:person>/factors/reset/",
    refuse=_has_factors,
    form=ResetFactors,
    lead="Their authenticator, passkeys and recovery codes are removed; they enroll again after signing in.",
    actions=(Action.FACTOR_REMOVED,),
    verbs=(users.reset_factors,),
)
DEACTIVATE = FormDoor(
    **ONE,
    name="person_deactivate",
    act=Act.RETIRE,
    title="Deactivate",
    path="people/<int:person>/deactivate/",
    refuse=_not_oneself,
    form=Deactivate,
    checked=True,
    lead=(
        "Sessions end at once, roles are revoked, the set-up link is useless, coverage ends, requests for changes that "
        "they made are withdrawn, and their households and what waits for a decision there go to the colleagues named."
    ),
    actions=(
        Action.USER_DEACTIVATED,
        Action.ROLE_REVOKED,
        Action.BOOK_HANDED_OVER,
        Action.INVITATION_WITHDRAWN,
        Action.REVIEW_WITHDRAWN,
    ),
    verbs=(users.deactivate,),
)
REACTIVATE = FormDoor(
    **ONE,
    **TWO_PEOPLE,
    name="person_reactivate",
    act=Act.EDIT,
    title="Reactivate",
    path="people/<int:person>/reactivate/",
    refuse=_staff_who_left,
    form=Reactivate,
    lead="They get a new set-up link and choose a new password. Households are assigned anew.",
    actions=(Action.USER_REACTIVATED, Action.ROLE_GRANTED, Action.INVITATION_SENT),
    verbs=(users.reactivate,),
)
DOORS: tuple[Door | NoDoor, ...] = (END_SESSIONS, RESET_FACTORS, DEACTIVATE, REACTIVATE)
