"""The page of API tokens: one's own with the form that makes one, and everybody's for who oversees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from advisory.models import ApiToken, User
from advisory.people import access, token_scopes, tokens
from advisory.people.tokens import Made
from compliance.clock import EASTERN
from compliance.doors import pages as doors

SHOWN_MAX = 200
SUGGESTED_DAYS = 30


class MakeToken(forms.Form):
    """What is typed to make a token."""

    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="What uses it, such as “nightly import”.",
        error_messages={"required": "Name what uses it."},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        choices=token_scopes.CHOICES,
        widget=forms.CheckboxSelectMultiple,
        help_text="Never more than you may. No token approves, releases, consents or changes a setting.",
        error_messages={"required": "Tick at least one thing."},
    )
    expires_on = forms.DateField(
        label="Works until",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Choose a day.", "invalid": "Write the day as 2027-01-31."},
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        most = tokens.days_max(on=on)
        field = self.fields["expires_on"]
        field.initial = on + timedelta(days=min(most, SUGGESTED_DAYS))
        field.help_text = f"At most {most} day{'' if most == 1 else 's'} from today."
        field.widget.attrs |= {"min": on.isoformat(), "max": (on + timedelta(days=most)).isoformat()}


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One token, without its secret."""

    name: str
    shown: str
    owner: str
    scopes: tuple[str, ...]
    made_on: date
    expires_on: date
    last_used_on: date | None
    state: str
    end_reason: str
    links: tuple[doors.DoorLink, ...]


@dataclass(frozen=True, slots=True)
class TokensPage:
    """One's own tokens, and everybody else's where the person oversees them. `made` is shown once."""

    form: MakeToken
    own: tuple[TokenRow, ...]
    others: tuple[TokenRow, ...]
    oversees: bool
    made: Made | None


def show(user: Any, form: MakeToken, *, made: Made | None = None, at: datetime) -> TokensPage:
    """The page; three queries."""
    on = at.astimezone(EASTERN).date()
    found = tokens.tokens_for(user).select_related("user").order_by("-made_at", "-pk")[:SHOWN_MAX]
    rows = [(one.user_id, _row(user, one, on=on)) for one in found]
    return TokensPage(
        form=form,
        own=tuple(row for owner, row in rows if owner == user.pk),
        others=tuple(row for owner, row in rows if owner != user.pk),
        oversees=access.refusal_to_see_people(user) is None,
        made=made,
    )


def state_of(token: ApiToken, *, on: date) -> str:
    """Whether a token works, in a word."""
    if token.ended_at is not None:
        return "Retired"
    return "Works" if token.expires_on >= on else "Expired"


def _row(user: User, token: ApiToken, *, on: date) -> TokenRow:
    return TokenRow(
        name=token.name,
        shown=tokens.shown(token),
        owner=str(token.user),
        scopes=tuple(token.scopes.split(",")),
        made_on=token.made_at.astimezone(EASTERN).date(),
        expires_on=token.expires_on,
        last_used_on=token.last_used_on,
        state=state_of(token, on=on),
        end_reason=token.end_reason,
        links=doors.links(["advisory:token_retire"], user, token),
    )
