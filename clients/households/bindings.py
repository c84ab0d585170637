"""Bindings: which account a masked number in a custodian's files means, decided by a person and ended by one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from clients.models import Account, AccountBinding
from compliance.audit_trail import audit
from compliance.people.actors import Actor
from compliance.refusals import BadInput, Conflict


@transaction.atomic
def bind(
    *, custodian: str, mask: str, label: str, account: Account, user_id: int, by: Actor, at: datetime
) -> AccountBinding:
    """Record that a masked number in this custodian's files means this account. A person does this once.

    Raises `BadInput` when the account is at another custodian, `Conflict` when the mask is bound already.
    """
    refuse_other_custodian(account, custodian)
    binding, is_new = AccountBinding.objects.get_or_create(
        custodian=custodian,
        mask=mask,
        label=label,
        ended_at=None,
        defaults={"account": account, "bound_by_id": user_id, "bound_at": at},
    )
    if not is_new and binding.account_id != account.pk:
        raise Conflict(
            f"{label or mask} is already bound to {binding.account}.",
            "If that was a mistake, end that binding on the account's page first.",
        )
    if is_new:
        audit.record(
            audit.Action.ACCOUNT_BOUND,
            about=account,
            by=by,
            at=at,
            mask=mask,
            label=label,
        )
    return binding


@transaction.atomic
def end(binding: AccountBinding, *, reason: str, user_id: int, by: Actor, at: datetime) -> AccountBinding:
    """End a binding: files with that masked number load nothing until somebody binds it again.

    Raises `Conflict` for one that has ended, `BadInput` without a reason.
    """
    binding = (
        AccountBinding.objects.select_for_update(of=("self",)).select_related("account").get(pk=binding.pk)
    )
    if binding.ended_at is not None:
        raise Conflict("This binding has ended.", "There is nothing to do.")
    if not reason.strip():
        raise BadInput("Say why the binding ends.", "Give a reason.")
    binding.ended_at, binding.ended_by_id, binding.end_reason = at, user_id, reason.strip()
    binding.save(update_fields=["ended_at", "ended_by", "end_reason"])
    audit.record(
        audit.Action.ACCOUNT_UNBOUND,
        about=binding.account,
        by=by,
        at=at,
        sealing=[("binding_ended", binding.pk)],
        mask=binding.mask,
        label=binding.label,
        reason=binding.end_reason,
    )
    return binding


def end_all(account: Account, *, reason: str, user_id: int, by: Actor, at: datetime) -> None:
    """End every binding of an account, for an account that moves or closes."""
    for binding in account.bindings.filter(ended_at=None).order_by("pk"):
        end(binding, reason=reason, user_id=user_id, by=by, at=at)


def refuse_other_custodian(account: Account, custodian: str) -> None:
    """Raise `BadInput` for an account that is not where the file comes from."""
    if account.custodian != custodian:
        raise BadInput(
            f"{account} is at {account.get_custodian_display()}, and the file comes from another custodian.",
            "Choose an account at the file's custodian.",
        )
