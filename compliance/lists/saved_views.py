"""Saved views of lists, and the columns that people leave out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import Resolver404, resolve

from compliance.audit_trail import audit
from compliance.models import ColumnChoice, SavedView
from compliance.models.saved_views import HIDDEN_MAX
from compliance.people import people
from compliance.people.actors import Actor
from compliance.people.roles import Role
from compliance.refusals import BadInput, NotAllowed

OF_THE_MOMENT = frozenset({"page", "export", "view"})
"""What belongs to one visit and not to a view: the page, a file, a search that only the session keeps."""


def views_for(user: Any) -> QuerySet[SavedView]:
    """The views this person may open: their own, and the firm's."""
    return SavedView.objects.filter(Q(owner_id=user.pk) | Q(is_firm=True))


def hidden_for(user: Any, address: str) -> list[str]:
    """The captions of the columns this person leaves out of a list."""
    row = ColumnChoice.objects.filter(owner_id=user.pk, address=address).first()
    return list(row.hidden) if row else []


@transaction.atomic
def save(*, address: str, query: str, name: str, is_firm: bool, by: Actor, at: datetime) -> SavedView:
    """Save a view. Raises `BadInput` for an address that is no page, or a name that is taken."""
    user = people.behind(by)
    view = SavedView(address=_page(address), query=_kept(query), owner_id=user.pk, saved_at=at)
    return _named(view, name=name, is_firm=is_firm, by=by, at=at)


@transaction.atomic
def change(view: SavedView, *, name: str, is_firm: bool, by: Actor, at: datetime) -> SavedView:
    """Rename a view, share it, or keep it to oneself again. Raises `NotAllowed` for somebody else's."""
    _refuse_others(view, by)
    return _named(view, name=name, is_firm=is_firm, by=by, at=at)


@transaction.atomic
def remove(view: SavedView, *, by: Actor, at: datetime) -> None:
    """Delete a view. Compliance may delete one of the firm's. Raises `NotAllowed`."""
    _refuse_others(view, by, but_compliance=True)
    audit.record(audit.Action.VIEW_REMOVED, about=view, by=by, at=at, name=view.name, address=view.address)
    view.delete()


def hide(captions: Sequence[str], *, address: str, user_id: int) -> ColumnChoice:
    """Leave these columns out of a list, for this person; none shows all again."""
    if len(captions) > HIDDEN_MAX or any(len(one) > 60 for one in captions):
        raise BadInput("These are no columns of a list.", "Choose among the columns of the page.")
    choice, _ = ColumnChoice.objects.update_or_create(
        owner_id=user_id, address=_page(address), defaults={"hidden": sorted(set(captions))}
    )
    return choice


def _named(view: SavedView, *, name: str, is_firm: bool, by: Actor, at: datetime) -> SavedView:
    taken = SavedView.objects.filter(owner_id=view.owner_id, address=view.address, name=name)
    if taken.exclude(pk=view.pk).exists():
        raise BadInput(f"You already have a view “{name}” of this list.", "Choose another name.")
    view.name, view.is_firm = name, is_firm
    view.save()
    audit.record(
        audit.Action.VIEW_SAVED,
        about=view,
        by=by,
        at=at,
        name=name,
        address=view.address,
        query=view.query,
        is_firm=is_firm,
    )
    return view


def _refuse_others(view: SavedView, by: Actor, *, but_compliance: bool = False) -> None:
    user = people.behind(by)
    if view.owner_id == user.pk or (but_compliance and view.is_firm and user.has_role(Role.COMPLIANCE)):
        return
    raise NotAllowed("This view belongs to a colleague.", "Save one of your own.")


def _page(address: str) -> str:
    try:
        resolve(address)
    except Resolver404:
        raise BadInput(f"There is no list at {address}.", "Save a view from the page of a list.") from None
    return address


def _kept(query: str) -> str:
    parts = [(name, value) for name, value in parse_qsl(query) if name not in OF_THE_MOMENT]
    return "&".join(f"{name}={value}" for name, value in parts)
