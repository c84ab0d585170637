"""Agreeing to a corporate action: one person asks, another decides. The only writer of agreements."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clients.models import ActionAgreement, CorporateAction
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER, words
from compliance.audit_trail import audit
from compliance.people import people
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


def refusal(action: CorporateAction) -> str | None:
    """Why an action cannot be agreed to, as a sentence."""
    if action.ended_at is not None:
        return "This action was changed or withdrawn."
    if is_agreed(action):
        return "Two people have agreed to this action."
    return terms.missing(REGISTER.values_of(action))


def is_agreed(action: CorporateAction) -> bool:
    """Whether two people have agreed to it."""
    return hasattr(action, "agreement")


@transaction.atomic
def agree(
    action: CorporateAction, *, evidence: str, asked_by_id: int, by: Actor, at: datetime
) -> ActionAgreement:
    """Put on record that one person asked and another, `by`, agreed to an action as it stands.

    Raises `Conflict` for one that was ended or is agreed to, `BadInput` for one whose terms are not known whole.
    """
    action = (
        CorporateAction.objects.select_for_update(of=("self",)).select_related("security").get(pk=action.pk)
    )
    if action.ended_at is not None or is_agreed(action):
        raise Conflict(str(refusal(action)), "Look at the action as it stands.")
    if sentence := terms.missing(REGISTER.values_of(action)):
        raise BadInput(sentence, "Change the action first.")
    row = ActionAgreement.objects.create(
        action=action,
        asked_by_id=asked_by_id,
        agreed_by_id=people.behind(by).pk,
        agreed_at=at,
        evidence=evidence.strip(),
    )
    audit.record(
        audit.Action.CORPORATE_ACTION_AGREED,
        about=action.security,
        by=by,
        at=at,
        sealing=[("corporate_action_agreed", row.pk)],
        row=action.public_id,
        reason=words(action),
        evidence=row.evidence,
    )
    return row
