"""Signing in as a person does, with a second factor where one is set up."""

from __future__ import annotations

from typing import Any

from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from tests.cast import PASSWORD


def code_of(secret: str) -> str:
    """What an app with this key shows now."""
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def an_app_for(user: Any) -> str:
    """An authenticator app that is set up already; its key."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    return secret


def sign_in(user: Any, password: str = PASSWORD) -> Client:
    """The password typed on the sign-in page."""
    client = Client()
    client.post("/account/login/", {"login": user.email, "password": password})
    return client
