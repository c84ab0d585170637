"""Every door of this floor. A new noun adds its file here."""

from __future__ import annotations

from advisory.doors import client_sign_ins, examiners, invitations, leaving, notices, people, tokens, webhooks
from compliance.doors.door import Door, NoDoor

DOORS: tuple[Door | NoDoor, ...] = (
    *people.DOORS,
    *invitations.DOORS,
    *leaving.DOORS,
    *client_sign_ins.DOORS,
    *tokens.DOORS,
    *examiners.DOORS,
    *webhooks.DOORS,
    *notices.DOORS,
)
