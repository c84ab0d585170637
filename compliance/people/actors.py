"""The actor and the subject: the two values every audit event needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from django.db.models import TextChoices

from compliance.people.confirmations import Confirmation, confirmed_in

if TYPE_CHECKING:
    from django.http import HttpRequest

    from compliance.people.roles import Person


LABEL_MAX = 200
REQUEST_ID_MAX = 64


class ActorKind(TextChoices):
    """A signed-in person, a system job, or an API token."""

    PERSON = "person", "Person"
    SYSTEM = "system", "System"
    TOKEN = "token", "API token"


ANSWERABLE = (ActorKind.PERSON, ActorKind.TOKEN)
"""Behind whose acts a person stands: what somebody's token enters or drafts, they have entered or drafted."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as an immutable value created at the door.

    `person_ref` is the user's primary key as text (empty for a job), `roles` what the person held
    at that moment, `session_ref` a digest that joins one session's acts without being usable as a
    session key, `mfa_method` how the person signed in, `confirmations` what that session has confirmed anew.
    Of a token, `person_ref` is its owner's and `session_ref` its public id.
    """

    kind: ActorKind
    label: str
    person_ref: str = ""
    roles: frozenset[str] = frozenset()
    session_ref: str = ""
    mfa_method: str = ""
    request_id: str = ""
    confirmations: tuple[Confirmation, ...] = ()

    @classmethod
    def person(
        cls,
        user: Person,
        *,
        session_ref: str = "",
        mfa_method: str = "",
        request_id: str = "",
        confirmed: tuple[Confirmation, ...] = (),
    ) -> Self:
        """The signed-in `user`."""
        if user.pk is None:
            raise ValueError("An anonymous user cannot act; sign in first or use Actor.system().")
        return cls(
            kind=ActorKind.PERSON,
            label=(user.get_full_name() or user.get_username())[:LABEL_MAX],
            person_ref=str(user.pk),
            roles=frozenset(str(role) for role in user.role_names),
            session_ref=session_ref,
            mfa_method=mfa_method,
            request_id=request_id,
            confirmations=confirmed,
        )

    @classmethod
    def system(cls, label: str, *, request_id: str = "") -> Self:
        """A system job, named by what it does: `Actor.system("scan")`."""
        return cls(kind=ActorKind.SYSTEM, label=label, request_id=request_id)

    @classmethod
    def of(cls, request: HttpRequest) -> Self:
        """The person behind a browser or API request, with session, sign-in method and request id.

        Where a token was sent, its owner acts by the token, whatever session the request carries besides.
        """
        if token := getattr(request, "api_token", None):
            by = cls.person(request.user, session_ref=token.public_id, mfa_method=str(ActorKind.TOKEN))  # type: ignore[arg-type]
            return replace(by, kind=ActorKind.TOKEN, request_id=_request_id(request))
        session = getattr(request, "session", None)
        return cls.person(
            request.user,  # type: ignore[arg-type]  # The firm's own user model provides Person.
            session_ref=session_ref(getattr(session, "session_key", None)),
            mfa_method=_sign_in_methods(session),
            request_id=_request_id(request),
            confirmed=confirmed_in(session),
        )

    @property
    def is_person(self) -> bool:
        """Whether a person is responsible: somebody in a session, or whose token acts."""
        return self.kind in ANSWERABLE

    @property
    def is_token(self) -> bool:
        """Whether a token acts, which never decides."""
        return self.kind is ActorKind.TOKEN


@dataclass(frozen=True, slots=True)
class Ref:
    """A subject by kind and public id, with the household whose data it shows (empty for none)."""

    kind: str
    id: str
    household: str = ""


def ref(about: object) -> Ref:
    """The reference to a model row, or `about` itself if it already is one.

    A row is named by its `public_id` (else its primary key); `household_ref`, where it has one,
    says whose data it is.
    """
    if isinstance(about, Ref):
        return about
    meta = getattr(about, "_meta", None)
    if meta is None:
        raise TypeError(f"Cannot write about a {type(about).__name__}: pass a model row or an audit.Ref.")
    identity = getattr(about, "public_id", None) or about.pk  # type: ignore[attr-defined]
    if identity is None:
        raise ValueError(f"This {meta.model_name} has no id yet; save it before writing about it.")
    return Ref(str(meta.model_name), str(identity), str(getattr(about, "household_ref", "") or ""))


def session_ref(session_key: str | None) -> str:
    """A short digest of a session key, so that the trail never holds the key itself."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:16] if session_key else ""


def _request_id(request: HttpRequest) -> str:
    return str(getattr(request, "request_id", "") or "")[:REQUEST_ID_MAX]


def _sign_in_methods(session: object) -> str:
    methods = session.get("account_authentication_methods", []) if hasattr(session, "get") else []
    names = [
        str(method.get("type") or method.get("method", "")) for method in methods if isinstance(method, dict)
    ]
    return "+".join(name for name in names if name)[:64]
