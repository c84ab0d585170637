"""Transfers in kind: expected, corrected, ended without. What files show of them is filled in by the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access
from clients.doors import looking_up
from clients.doors.accounts import back as account_page
from clients.doors.accounts import closed as account_closed
from clients.doors.accounts import find as find_account
from clients.models import Account, Transfer
from clients.models.columns import PRICE_MAX
from clients.pages.lists import transfers as listed
from clients.transfers import transfers
from clients.transfers.transfers import Terms
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import STAFF_ROLES, Role

NOUN = "Transfers in kind"
ROLES = frozenset({Role.ADVISOR, Role.TRADER})
REFUSAL = "Transfers are entered by the household's advisor or the trading desk."
READERS = frozenset(STAFF_ROLES) - {Role.ADMINISTRATOR}
READERS_ONLY = "These pages are for the firm's desk."
IN, OUT = "in", "out"
USUALLY = timedelta(days=7)


class _Terms(DoorForm):
    kind: ClassVar[str] = Transfer.Kind.TRANSFER
    direction = forms.ChoiceField(
        label="Which way",
        choices=((IN, "Into this account"), (OUT, "Out of this account")),
        widget=forms.RadioSelect,
        initial=IN,
    )
    other = forms.ChoiceField(
        label="Other account", required=False, help_text="Of the same household; or none."
    )
    elsewhere = forms.CharField(
        label="Or another firm",
        max_length=120,
        required=False,
        strip=True,
        help_text="As its statements name it.",
    )
    symbol = forms.CharField(
        label="Symbol", max_length=40, error_messages={"required": "Write the symbol of the security."}
    )
    shares = forms.DecimalField(
        label="Shares", min_value=Decimal("0.000001"), max_digits=18, decimal_places=6,
        help_text="Fractions are usually sold by the firm that sends them.",
    )  # fmt: skip
    expected_on = looking_up.day(label="Expected on")
    document = forms.CharField(
        label="Papers",
        max_length=200,
        required=False,
        strip=True,
        help_text="Where the transfer form is kept.",
    )

    @property
    def account(self) -> Account:
        """The account at whose page the door stands: the one that receives, else the one that sends."""
        if isinstance(self.subject, Transfer):
            found = self.subject.to_account or self.subject.from_account
            assert found is not None, "one side is ours"
            return found
        account: Account = self.subject
        return account

    def offer(self) -> None:
        others = access.accounts_of_the_desk(self.user).filter(
            household=self.account.household_id, closed_on=None
        )
        self.others = {one.public_id: one for one in others.exclude(pk=self.account.pk).order_by("pk")}
        choices = [("", "None: another firm"), *((key, str(one)) for key, one in self.others.items())]
        self.fields["other"].choices = choices  # type: ignore[attr-defined]

    def clean_symbol(self) -> str:
        symbol = str(self.cleaned_data["symbol"]).strip()
        self.security = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
        if self.security is None:
            raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("other")) == bool(given.get("elsewhere")) and "other" in given:
            self.add_error("elsewhere", "Choose the other account, or name the other firm.")
        return given

    def terms(self) -> Terms:
        given = self.cleaned_data
        other = self.others.get(given["other"])
        is_in = given["direction"] == IN
        assert self.security is not None, "looked up while cleaning"
        return Terms(
            from_account=other if is_in else self.account,
            to_account=self.account if is_in else other,
            elsewhere=given["elsewhere"],
            security=self.security,
            shares=given["shares"],
            expected_on=given["expected_on"],
            document=given["document"],
            kind=self.kind,
        )


class _Leaving(_Terms):
    """Shares that leave the account at whose page the door stands, which is theirs no more."""

    direction = None  # type: ignore[assignment]

    @property
    def account(self) -> Account:
        found = self.subject.from_account if isinstance(self.subject, Transfer) else self.subject
        assert isinstance(found, Account), "it leaves an account of ours"
        return found

    def terms(self) -> Terms:
        given = self.cleaned_data
        assert self.security is not None, "looked up while cleaning"
        return Terms(
            from_account=self.account,
            to_account=self.others.get(given.get("other", "")),
            elsewhere=given["elsewhere"],
            security=self.security,
            shares=given["shares"],
            expected_on=given["expected_on"],
            document=given["document"],
            kind=self.kind,
            value=given.get("value"),
        )


class _Distribution(_Leaving):
    kind = Transfer.Kind.DISTRIBUTION
    other = forms.ChoiceField(
        label="To which account", required=False, help_text="A taxable one of the same household; or none."
    )
    value = forms.DecimalField(
        label="Value of a share that day", required=False, min_value=Decimal("0.000001"), max_value=PRICE_MAX,
        decimal_places=6,
        help_text="Dollars, as the custodian reports it. It becomes the basis. Empty: our closing price of the day.",
    )  # fmt: skip
    field_order = ("other", "elsewhere", "symbol", "shares", "value", "expected_on", "document")

    def offer(self) -> None:
        super().offer()
        self.others = {
            key: one for key, one in self.others.items() if one.tax_treatment == Account.TaxTreatment.TAXABLE
        }
        choices = [
            ("", "None: another firm or a charity"),
            *((key, str(one)) for key, one in self.others.items()),
        ]
        self.fields["other"].choices = choices  # type: ignore[attr-defined]
        self.fields["elsewhere"].label = "Or elsewhere"
        self.fields["elsewhere"].help_text = "The other firm, or the charity."


class _Gift(_Leaving):
    kind = Transfer.Kind.GIFT
    other = None  # type: ignore[assignment]
    elsewhere = forms.CharField(
        label="Charity", max_length=120, strip=True, error_messages={"required": "Name the charity."}
    )
    field_order = ("elsewhere", "symbol", "shares", "expected_on", "document")

    def offer(self) -> None:
        self.others = {}
        self.fields["document"].help_text = "Where the letter of instruction is kept."


class Distribute(_Distribution):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"expected_on": on + USUALLY}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.expect(self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done(
            "The distribution is expected. A file that shows the shares completes it.", _url(row), row
        )


class Give(_Gift):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"expected_on": on + USUALLY}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.expect(self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done(
            "The gift is expected. A file that shows that the shares left completes it.", _url(row), row
        )


class Expect(_Terms):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"direction": IN, "expected_on": on + USUALLY}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.expect(self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The transfer is expected. A file that shows the shares completes it.", _url(row), row)


class Correct(_Terms):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        is_in = subject.to_account is not None
        other = subject.from_account if is_in else None
        return {
            "direction": IN if is_in else OUT,
            "other": other.public_id if other else "",
            "elsewhere": subject.elsewhere,
            "symbol": subject.security.symbol,
            "shares": subject.shares,
            "expected_on": subject.expected_on,
            "document": subject.document,
        }

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.correct(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The transfer is corrected.", _url(row), row)


def _left(subject: Transfer) -> dict[str, Any]:
    return {
        "other": subject.to_account.public_id if subject.to_account else "",
        "elsewhere": subject.elsewhere,
        "symbol": subject.security.symbol,
        "shares": subject.shares,
        "value": subject.value,
        "expected_on": subject.expected_on,
        "document": subject.document,
    }


class CorrectDistribution(_Distribution):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return _left(subject)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.correct(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The distribution is corrected.", _url(row), row)


class CorrectGift(_Gift):
    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        found = _left(subject)
        return {name: found[name] for name in cls.base_fields}

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.correct(self.subject, self.terms(), user_id=self.user.pk, by=by, at=at)
        return Done("The gift is corrected.", _url(row), row)


class End(DoorForm):
    reason = looking_up.reason(missing="Say why it ends without.")

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = transfers.end(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("The transfer has ended; what files have shown stays on record.", _url(row), row)


def find(user: Any, public_id: str) -> Transfer:
    """A transfer that this person may see. Raises Http404."""
    found: Transfer = get_object_or_404(listed.mine(user), public_id=public_id)
    return found


def back(row: Transfer) -> tuple[str, str]:
    """The transfer's own page."""
    return str(row), _url(row)


def shown(user: Any, row: Transfer) -> str | None:
    """Why a transfer cannot be corrected any more."""
    is_new = row.state == Transfer.State.EXPECTED and not row.movements.exists()
    return None if is_new else "Files have shown this transfer, or it has ended."


def _of(kind: str) -> Callable[[Any, Transfer], str | None]:
    """Why a transfer of this kind cannot be corrected at a door any more, or is of another kind."""

    def refuse(user: Any, row: Transfer) -> str | None:
        return shown(user, row) if row.kind == kind else f"This is a {row.get_kind_display().lower()}."

    return refuse


def no_ira(user: Any, account: Account) -> str | None:
    """Why nothing is distributed in kind from an account."""
    if account.registration not in transfers.OF_IRAS:
        return "Distributions in kind are of IRAs."
    return account_closed(user, account)


def not_taxed(user: Any, account: Account) -> str | None:
    """Why no shares are given to a charity from an account."""
    if account.tax_treatment != Account.TaxTreatment.TAXABLE:
        return "What an untaxed account gives is a distribution."
    return account_closed(user, account)


def over(user: Any, row: Transfer) -> str | None:
    """Why a transfer cannot be ended any more."""
    is_over = row.state in (Transfer.State.ENDED, Transfer.State.COMPLETE)
    return "This transfer is over." if is_over else None


def _url(row: Transfer) -> str:
    return reverse("clients:transfer", args=[row.public_id])


_ONE: dict[str, Any] = {"namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL}
_ROW: dict[str, Any] = {**_ONE, "find": find, "back": back}
_READ: dict[str, Any] = {"noun": NOUN, "roles": READERS, "refusal": READERS_ONLY}
DOORS = (
    FormDoor(
        name="transfer_expect", act=Act.CREATE, title="Expect a transfer in kind", form=Expect, checked=True,
        path="accounts/<slug:public_id>/transfer/", find=find_account, back=account_page, refuse=account_closed,
        actions=(Action.TRANSFER_EXPECTED, Action.HOLD_PLACED, Action.TRANSFER_SHOWN), verbs=(transfers.expect,), **_ONE,
    ),
    FormDoor(
        name="transfer_distribute", act=Act.CREATE, title="Expect a distribution in kind", form=Distribute, checked=True,
        path="accounts/<slug:public_id>/distribute/", find=find_account, back=account_page, refuse=no_ira,
        lead="Shares leave the IRA as they are. Their value that day is income, and their basis from then on.",
        actions=(Action.TRANSFER_EXPECTED, Action.HOLD_PLACED, Action.TRANSFER_SHOWN), verbs=(transfers.expect,), **_ONE,
    ),
    FormDoor(
        name="transfer_give", act=Act.CREATE, title="Expect a gift of shares", form=Give, checked=True,
        path="accounts/<slug:public_id>/give/", find=find_account, back=account_page, refuse=not_taxed,
        lead="Shares are given to a charity as they are. No gain is recognized, and they are not sold until they have left.",
        actions=(Action.TRANSFER_EXPECTED, Action.HOLD_PLACED, Action.TRANSFER_SHOWN), verbs=(transfers.expect,), **_ONE,
    ),
    FormDoor(
        name="transfer_distribution_correct", act=Act.EDIT, title="Correct the distribution", form=CorrectDistribution,
        checked=True, path="transfers/<slug:public_id>/correct-distribution/", refuse=_of(Transfer.Kind.DISTRIBUTION),
        actions=(Action.TRANSFER_CHANGED, Action.HOLD_PLACED, Action.HOLD_LIFTED, Action.TRANSFER_SHOWN),
        verbs=(transfers.correct,), **_ROW,
    ),
    FormDoor(
        name="transfer_gift_correct", act=Act.EDIT, title="Correct the gift", form=CorrectGift, checked=True,
        path="transfers/<slug:public_id>/correct-gift/", refuse=_of(Transfer.Kind.GIFT),
        actions=(Action.TRANSFER_CHANGED, Action.HOLD_PLACED, Action.HOLD_LIFTED, Action.TRANSFER_SHOWN),
        verbs=(transfers.correct,), **_ROW,
    ),
    FormDoor(
        name="transfer_correct", act=Act.EDIT, title="Correct the transfer", form=Correct, checked=True,
        path="transfers/<slug:public_id>/correct/", refuse=_of(Transfer.Kind.TRANSFER), actions=(Action.TRANSFER_CHANGED, Action.HOLD_PLACED, Action.HOLD_LIFTED, Action.TRANSFER_SHOWN),
        verbs=(transfers.correct,), **_ROW,
    ),
    FormDoor(
        name="transfer_end", act=Act.RETIRE, title="End it without", form=End,
        path="transfers/<slug:public_id>/end/", refuse=over, actions=(Action.TRANSFER_ENDED, Action.HOLD_LIFTED),
        verbs=(transfers.end,), **_ROW,
    ),
    Door(act=Act.READ, title="Transfers in kind", browser="clients:transfer_list", api="api:transfer-list", **_READ),
    Door(act=Act.HISTORY, title="A transfer with its history", browser="clients:transfer", api="api:transfer", **_READ),
)  # fmt: skip
