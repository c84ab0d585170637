"""Doors to corporate actions: announce, change, withdraw, and agree to one with a second person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from clients import access, access_registers
from clients.corporate_actions import agreeing, applying
from clients.custodians import symbols
from clients.custodians.cells import CellRefused
from clients.doors import corporate_action_fields, looking_up, registers
from clients.models import CorporateAction, Security
from clients.models.columns import PRICE_MAX, SHARES_MAX
from clients.registers import corporate_action_terms as terms
from clients.registers.corporate_actions import REGISTER, words
from compliance.actions import Action
from compliance.doors.door import Act, Done, Door, DoorForm, FormDoor, NoDoor
from compliance.models import SubjectKind
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Corporate actions"
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE})
REFUSAL = "Corporate actions are kept by the trading desk and compliance."
PAGE = "clients:corporate_action"


def _shares(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal("0.000001"),
        max_value=SHARES_MAX,
        decimal_places=6,
        error_messages={"min_value": "Write a number above zero."},
        **options,
    )


def _dollars(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_value=PRICE_MAX,
        decimal_places=6,
        error_messages={"min_value": "Write dollars, zero or more."},
        **options,
    )


class Announced(registers.OfSecurity):
    """An action as it is announced. The kind comes first: only what belongs to it is asked."""

    register, page = REGISTER, PAGE
    first = ("kind",)

    kind = forms.ChoiceField(
        label="What happens",
        choices=CorporateAction.Kind.choices,
        help_text="The next page asks for what belongs to it.",
        error_messages={
            "required": "Choose what happens.",
            "invalid_choice": "%(value)s is no kind of corporate action.",
        },
    )
    effective_on = looking_up.day(
        label="Ex-day or effective day", help_text="The first day on which the security trades after it."
    )
    shares_new = _shares(
        "New shares", help_text="Of splits, stock dividends, mergers for stock and spin-offs."
    )
    shares_old = _shares("For so many old shares", help_text="Always with the new shares.")
    cash = _dollars(
        "Cash for each old share",
        help_text="Of mergers for cash, returns of capital, tenders and liquidations.",
    )
    receives = forms.CharField(
        label="New security",
        required=False,
        max_length=24,
        help_text="The symbol of what is received in a merger for stock or a spin-off.",
    )
    new_symbol = forms.CharField(label="New symbol", required=False, max_length=24)
    new_cusip = forms.RegexField(
        r"^[0-9A-Za-z*@#]{9}$",
        label="New CUSIP",
        required=False,
        error_messages={"invalid": "A CUSIP has nine characters, letters and digits."},
    )
    basis_share = forms.DecimalField(
        label="The new security’s part of the basis",
        required=False,
        min_value=0,
        max_value=1,
        decimal_places=10,
        help_text="Of a spin-off, as a fraction: 0.125 for 12.5%. Form 8937 has it, often weeks later.",
        error_messages=dict.fromkeys(
            ("min_value", "max_value"), "Write it as a fraction between 0 and 1: 0.125 for 12.5%%."
        ),
    )
    value = _dollars("Value of a new share that day", help_text="For a gain that is recognized now.")
    lieu_price = _dollars(
        "Price paid in place of fractions", help_text="For a whole share. Empty: fractions are kept."
    )
    is_taxable = forms.BooleanField(
        label="The exchange or distribution is taxable",
        required=False,
        help_text="The whole gain is recognized now and a new holding period begins.",
    )
    source = forms.CharField(
        label="Source",
        max_length=200,
        help_text="The issuer’s notice or Form 8937, with its day.",
        error_messages={"required": "Say where it was announced."},
    )
    document = looking_up.document()

    def offer(self) -> None:
        super().offer()
        self.received: Security | None = None
        self.fields["kind"].disabled = self.row is not None
        if self.is_chosen():
            corporate_action_fields.leave(self, terms.Kind(self["kind"].value()))

    def about(self) -> str:
        return corporate_action_fields.ABOUT[terms.Kind(self["kind"].value())] if self.is_chosen() else ""

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = super().now(subject, user=user, on=on)
        if not there:
            return {}
        return {**there, "receives": subject.new_security.symbol if subject.new_security else ""}

    def clean_receives(self) -> str:
        symbol = str(self.cleaned_data["receives"]).strip()
        if symbol:
            self.received = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
            if self.received is None:
                raise forms.ValidationError(f"There is no security {symbol} on record. Add it first.")
        return symbol

    def clean_new_symbol(self) -> str:
        given = str(self.cleaned_data["new_symbol"]).strip()
        if not given:
            return ""
        try:
            symbol = symbols.canonical(given)
        except CellRefused as refused:
            raise forms.ValidationError(f"{refused.rule} {refused.how_to_fix}") from None
        named = access.securities_for(self.user).filter(symbol=symbol).first()
        if named is not None and named != self.security:
            raise forms.ValidationError(
                f"{symbol} is the symbol of a security on record. Where its shares were exchanged, enter a merger."
            )
        return symbol

    def clean_new_cusip(self) -> str:
        return str(self.cleaned_data["new_cusip"] or "").strip().upper()

    def values(self) -> dict[str, Any]:
        return {
            "new_symbol": "",
            "new_cusip": "",
            "is_taxable": False,
            **super().values(),
            "new_security": self.received,
        }


class Agree(DoorForm):
    evidence = looking_up.reason(
        "What it rests on",
        missing="Say what you compared the terms with.",
        length=1000,
        help_text="The issuer’s notice or Form 8937 that you compared. A second person decides.",
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if sentence := agreeing.refusal(self.subject):
            raise forms.ValidationError(sentence)
        return given

    def follows(self) -> Sequence[tuple[str, str, str]]:
        return (
            ("Terms", "", words(self.subject)),
            (
                "Then",
                "",
                "It is applied to the lots on record from its day, until a custodian’s file shows it.",
            ),
        )

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        agreeing.agree(self.subject, evidence=given["evidence"], asked_by_id=self.user.pk, by=by, at=at)
        return Done("Two people agree to it.", Announced.url_of(self.subject), self.subject)


class TakeBack(DoorForm):
    reason = looking_up.reason(missing="Say why it is taken back.")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.subject.ended_at is not None:
            raise forms.ValidationError("This action was changed or withdrawn.")
        return given

    def follows(self) -> Sequence[tuple[str, str, str]]:
        return (("Then", "", "What we wrote on lots is undone; what custodians’ files show stays."),)

    def act(self, *, by: Actor, at: datetime) -> Done:
        row = applying.take_back(
            self.subject, reason=self.cleaned_data["reason"], user_id=self.user.pk, by=by, at=at
        )
        return Done("It is taken back.", Announced.url_of(row), row)


class Say(DoorForm):
    """What the record of one account shows, where its shares do not tell."""

    account = forms.ChoiceField(label="Account", error_messages={"required": "Choose an account."})
    shows = forms.ChoiceField(
        label="The custodian’s file",
        choices=[("yes", "shows the action already"), ("no", "does not show it yet: apply it")],
    )
    reason = looking_up.reason(missing="Say what it rests on.")

    def offer(self) -> None:
        self.accounts = {row.account.public_id: row.account for row in _unclear(self.user, self.subject)}
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            (key, f"{one.household.name}: {one.name}") for key, one in self.accounts.items()
        ]

    def act(self, *, by: Actor, at: datetime) -> Done:
        given = self.cleaned_data
        applying.say(
            self.subject,
            self.accounts[given["account"]],
            is_shown=given["shows"] == "yes",
            reason=given["reason"],
            by=by,
            at=at,
        )
        return Done("It is on record for this account.", Announced.url_of(self.subject), self.subject)


def _unclear(user: Any, row: Any) -> Sequence[Any]:
    return list(
        access_registers.actions_in_accounts_for(user).filter(
            action=row, state="unclear", action__ended_at=None
        )
    )


def _nothing_to_say(user: Any, row: Any) -> str | None:
    if row.ended_at is not None or not _unclear(user, row):
        return "In every account it is known whether the custodian shows this action."
    return None


def _not_taken_back(user: Any, row: Any) -> str | None:
    if row.ended_at is not None:
        return "This action was changed or withdrawn."
    return None if agreeing.is_agreed(row) else "Nobody has agreed to it yet: withdraw it."


def _not_agreed(user: Any, row: Any) -> str | None:
    return agreeing.refusal(row)


def changeable(user: Any, row: Any) -> str | None:
    """Why an action cannot be changed or withdrawn by one person."""
    if agreeing.is_agreed(row):
        return "Two people have agreed to it. Take it back with a second person, and announce it anew."
    return registers.ended(user, row)


_REGISTER: tuple[Any, ...] = registers.doors(
    REGISTER,
    noun=NOUN,
    one="a corporate action",
    path="corporate-actions",
    form=Announced,
    mine=access_registers.corporate_actions_for,
    roles=ROLES,
    refusal=REFUSAL,
    ending="Withdraw",
    refuse=changeable,
)
_FIND: Any = _REGISTER[1].find
_BACK: Any = _REGISTER[1].back
_TWO: dict[str, Any] = {
    "namespace": "clients", "noun": NOUN, "roles": ROLES, "refusal": REFUSAL, "find": _FIND, "back": _BACK,
    "two_people": SubjectKind.CORRECTION,
}  # fmt: skip
DOORS: tuple[Door | NoDoor, ...] = (
    *_REGISTER,
    FormDoor(
        name="corporate_action_agree", act=Act.EDIT, title="Agree to a corporate action", form=Agree,
        path="corporate-actions/<slug:public_id>/agree/", button="Propose to agree to it", refuse=_not_agreed,
        lead="Compare the terms with the issuer’s paper. A second person decides; then it is applied on its day.",
        actions=(Action.CHANGE_PROPOSED, Action.CORPORATE_ACTION_AGREED), verbs=(agreeing.agree,), checked=True, **_TWO,
    ),
    FormDoor(
        name="corporate_action_take_back", act=Act.RETIRE, title="Take back a corporate action", form=TakeBack,
        path="corporate-actions/<slug:public_id>/take-back/", button="Propose to take it back",
        refuse=_not_taken_back, verbs=(applying.take_back,), checked=True,
        actions=(Action.CHANGE_PROPOSED, Action.CORPORATE_ACTION_ENDED, Action.CORPORATE_ACTION_TAKEN_BACK), **_TWO,
    ),
    FormDoor(
        name="corporate_action_say", act=Act.EDIT, title="Say what an account’s file shows", form=Say,
        path="corporate-actions/<slug:public_id>/say/", button="Put it on record", refuse=_nothing_to_say,
        namespace="clients", noun=NOUN, roles=ROLES, refusal=REFUSAL, find=_FIND, back=_BACK, checked=True,
        actions=(Action.CORPORATE_ACTION_SHOWN, Action.CORPORATE_ACTION_UNCLEAR), verbs=(applying.say,),
    ),
)  # fmt: skip
