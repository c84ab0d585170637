"""Sign-in by e-mail through allauth. People are added by the firm, so nobody can sign up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """allauth's questions to us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
