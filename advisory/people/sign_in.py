"""Sign-in by e-mail through allauth. People are added by the firm, so nobody can sign up.

Sign-ins, sign-outs and failed attempts are recorded on the audit trail, the starting point for "whose data
could this account have seen?".
"""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from advisory.models import User
from advisory.people import second_factor, sessions
from compliance import clock
from compliance.audit_trail import audit
from compliance.people.actors import Actor, Ref


class AccountAdapter(DefaultAccountAdapter):
    """Hooks called by allauth."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        with transaction.atomic():
            audit.record(
                audit.Action.USER_SIGNED_IN,
                about=user,
                by=Actor.of(request),
                at=clock.now(),
                device=sessions.device_of(request.headers.get("User-Agent", "")),
            )
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Record the attempt. The input is not stored; only whether it named a known person."""
        named = User.objects.filter(email__iexact=str(credentials.get("email", ""))).first()
        about = Ref("user", str(named.pk) if named else "unknown")
        by = Actor.system("sign-in page", request_id=str(getattr(request, "request_id", "") or ""))
        with transaction.atomic():
            audit.record(audit.Action.USER_SIGN_IN_FAILED, about=about, by=by, at=clock.now())
        super().authentication_failed(request, **credentials)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within the last minutes need not do it again to change their own sign-in."""
        asked = self.request.session.get(second_factor.ASKED) or [{}]
        return bool(time.time() - asked[-1].get("at", 0) > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Nothing: `credentials` tells people of every change, in the firm's name."""

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            audit.record(
                audit.Action.USER_SIGNED_OUT, about=request.user, by=Actor.of(request), at=clock.now()
            )
        super().logout(request)
