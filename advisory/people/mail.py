"""Mail to people about their sign-in, in the firm's name."""

from __future__ import annotations

from datetime import date

import structlog
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from compliance.firm import firm_facts, firm_settings

log = structlog.get_logger("advisory.mail")


def send(to: str, subject: str, template: str, *, on: date, **told: str) -> bool:
    """Send one message, and return whether the mail server took it; one that refuses or is away is logged."""
    firm = firm_settings.in_force(on=on).of(firm_facts.NAME)
    text = render_to_string(f"advisory/mail/{template}.txt", {"page": {"firm": firm, **told}})
    try:
        EmailMessage(f"{subject} at {firm}".replace("\n", " "), text, to=[to]).send()
    except OSError as error:  # SMTPException is an OSError.
        log.error("a message could not be mailed", template=template, error=str(error))
        return False
    return True
