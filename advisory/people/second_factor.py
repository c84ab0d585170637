"""The second factor: whose roles need one, whether a session has shown one, and how its secrets are stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings

from clients import encryption
from compliance.refusals import Refusal

if TYPE_CHECKING:
    from django.http import HttpRequest

    from advisory.models import User

PURPOSE = "mfa_authenticator.secret"
PRIMARY = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
"""What counts as a second factor. Recovery codes come with one and replace it when it is lost."""
ENROLLED = "second_factor_enrolled"
"""In a session: the factor was set up in it, which shows that the person holds it."""
ASKED = "account_authentication_methods"
"""In a session: how the person signed in and confirmed, as the sign-in library records it."""


class SecondFactorNeeded(Refusal):
    """The person's role needs a second factor, which this session has not shown (403)."""

    kind = "second-factor-needed"
    http_status = 403
    title = "A second factor is needed"


def is_required_of(user: User) -> bool:
    """Whether one of the person's roles needs a second factor."""
    return not settings.SECOND_FACTOR_ROLES.isdisjoint(user.role_names)


def is_owed(request: HttpRequest) -> bool:
    """Whether this session must show a second factor before it sees anything."""
    session = request.session
    shown = session.get(ENROLLED) or any(one.get("method") == "mfa" for one in session.get(ASKED, ()))
    return not shown and is_required_of(request.user)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Rule:
    """What the page of second factors says: that one has to be set up now, or that it is offered only."""

    is_missing: bool
    is_offered: bool


def rule_for(request: HttpRequest) -> Rule:
    """What the firm asks of the person who looks at their factors."""
    return Rule(is_missing=is_owed(request), is_offered=not is_required_of(request.user))  # type: ignore[arg-type]


def has_one(user: User) -> bool:
    return Authenticator.objects.filter(user=user, type__in=PRIMARY).exists()


class FactorAdapter(DefaultMFAAdapter):
    """Hooks called by allauth.mfa."""

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, purpose=PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret. Those stored before they were encrypted stand as they were."""
        if not encrypted_text.startswith(f"{encryption.FORMAT}:"):
            return encrypted_text
        return encryption.decrypt(encrypted_text, purpose=PURPOSE)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Whoever needs a factor sets up another one before they remove the last."""
        others = Authenticator.objects.filter(user=authenticator.user, type__in=PRIMARY)
        return others.exclude(pk=authenticator.pk).exists() or not is_required_of(authenticator.user)

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
