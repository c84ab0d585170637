"""Doors to what keeps a client from a trade: insiders and their windows, approved products, arranged trades."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.urls import reverse

from clients import access, access_registers
from clients.doors import looking_up, registers
from clients.models import Account, ArrangedTrade, Insider, InsiderWindow, Security
from clients.registers import trading_facts
from compliance.people.roles import Role

ADVISING = frozenset({Role.ADVISOR, Role.COMPLIANCE})
ONLY_ADVISING = "Insiders are recorded by the client's advisor and compliance."
COMPLIANCE = frozenset({Role.COMPLIANCE})
ONLY_COMPLIANCE = "Only compliance can record this."
SOURCE: dict[str, Any] = {
    "label": "Source", "max_length": 200, "error_messages": {"required": "Say where it is from."},
}  # fmt: skip
UNTIL: dict[str, Any] = {
    "label": "Until",
    "required": False,
    "help_text": "The last day. Empty: until it is ended.",
}


class InsiderForm(registers.Entry):
    register, page = trading_facts.INSIDERS, "clients:insider"

    who = forms.ChoiceField(label="Who", required=False)
    issuer = forms.CharField(
        label="Issuer",
        max_length=120,
        help_text="As the securities on record name it.",
        error_messages={"required": "Name the issuer."},
    )
    role = forms.ChoiceField(label="As what", choices=Insider.Role.choices)
    starts_on = looking_up.day(label="Since")
    ends_on = looking_up.day(**UNTIL)
    source = forms.CharField(help_text="The client's questionnaire or letter, with its day.", **SOURCE)

    def offer(self) -> None:
        household = self.row.person.household if self.row is not None else self.subject
        people = access.persons_for(self.user).filter(household=household, left_on=None)
        self.people = {one.public_id: one for one in people}
        field: Any = self.fields["who"]
        field.choices = [(key, str(one)) for key, one in self.people.items()]
        field.required, field.disabled = self.row is None, self.row is not None

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = super().now(subject, user=user, on=on)
        return {**there, "who": subject.person.public_id} if there else {"starts_on": on}

    def clean_issuer(self) -> str:
        issuer = str(self.cleaned_data["issuer"]).strip()
        known = (
            access.securities_for(self.user).filter(issuer__iexact=issuer).values_list("issuer", flat=True)
        )
        # Rules compare the names, so the name is the securities' own where there is one.
        return known.first() or issuer

    def values(self) -> dict[str, Any]:
        person = self.people.get(self.cleaned_data["who"]) if self.row is None else self.row.person
        return {**super().values(), "person": person}


class WindowForm(registers.Entry):
    register, page = trading_facts.WINDOWS, "clients:insider_window"

    kind = forms.ChoiceField(label="Kind", choices=InsiderWindow.Kind.choices)
    starts_on = looking_up.day(label="From")
    ends_on = looking_up.day(label="Until", help_text="The last day.")
    shares_max = forms.DecimalField(
        label="Shares at most", required=False, min_value=0, max_digits=14, decimal_places=4,
        help_text="Where the clearance, the notice on Form 144 or the plan names a number.",
    )  # fmt: skip
    source = forms.CharField(help_text="The issuer's notice or clearance, with its day.", **SOURCE)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return super().now(subject, user=user, on=on) or {"starts_on": on}

    def values(self) -> dict[str, Any]:
        return {**super().values(), "insider": self.row.insider if self.row is not None else self.subject}


class ApprovalForm(registers.Entry):
    register, page = trading_facts.APPROVALS, "clients:product_approval"

    product = forms.ChoiceField(
        label="Product", choices=[one for one in Security.Product.choices if one[0] != Security.Product.PLAIN]
    )
    symbol = forms.CharField(
        label="Only this security", required=False, max_length=40, help_text="Empty: every one of this kind."
    )
    starts_on = looking_up.day(label="From")
    ends_on = looking_up.day(**UNTIL)
    reason = looking_up.reason(
        "Why it suits this client", missing="Say why it suits this client.", length=300
    )

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = super().now(subject, user=user, on=on)
        if not there:
            return {"starts_on": on}
        return {**there, "symbol": subject.security.symbol if subject.security else ""}

    def clean_symbol(self) -> str:
        self.security = None
        if symbol := str(self.cleaned_data["symbol"]).strip():
            self.security = access.securities_for(self.user).filter(symbol__iexact=symbol).first()
            if self.security is None:
                raise forms.ValidationError(f"There is no security {symbol} on record.")
        return symbol

    def values(self) -> dict[str, Any]:
        household = self.row.household if self.row is not None else self.subject
        return {**super().values(), "household": household, "security": self.security}


class ArrangedForm(registers.OfSecurity):
    register, page = trading_facts.ARRANGED, "clients:arranged_trade"

    account = forms.ChoiceField(label="Account", required=False)
    side = forms.ChoiceField(label="Side", choices=ArrangedTrade.Side.choices)
    counterparty = forms.ChoiceField(label="Against whom", choices=ArrangedTrade.Counterparty.choices)
    other = forms.CharField(
        label="The other client's account",
        required=False,
        max_length=40,
        help_text="Its id, such as ac_…, for a cross between two clients.",
    )
    trade_on = looking_up.day(label="Trade day")
    disclosed_on = looking_up.day(label="Disclosed in writing on", required=False)
    consented_on = looking_up.day(label="The client consented on", required=False)
    document = forms.CharField(label="Where the papers are kept", max_length=200, required=False)

    def offer(self) -> None:
        super().offer()
        household = self.row.account.household if self.row is not None else self.subject
        found = access.accounts_of_the_desk(self.user).filter(household=household, closed_on=None)
        self.accounts = {one.public_id: one for one in found.order_by("name", "pk")}
        field: Any = self.fields["account"]
        field.choices = [(key, str(one)) for key, one in self.accounts.items()]
        field.required, field.disabled = self.row is None, self.row is not None

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = super().now(subject, user=user, on=on)
        if not there:
            return {"trade_on": on}
        other = subject.other_account.public_id if subject.other_account else ""
        return {**there, "account": subject.account.public_id, "other": other}

    def clean_other(self) -> str:
        self.other_account: Account | None = None
        if key := str(self.cleaned_data["other"]).strip():
            self.other_account = access.accounts_of_the_desk(self.user).filter(public_id=key).first()
            if self.other_account is None:
                raise forms.ValidationError(f"There is no account {key} that you can see.")
        return key

    def values(self) -> dict[str, Any]:
        account = self.accounts.get(self.cleaned_data["account"]) if self.row is None else self.row.account
        return {**super().values(), "account": account, "other_account": self.other_account}


def find_insider(user: Any, public_id: str) -> Insider:
    """An insider of a household that this person may see. Raises Http404."""
    found: Insider = get_object_or_404(access_registers.insiders_for(user), public_id=public_id)
    return found


def _in_household(path: str) -> dict[str, Any]:
    return {
        "path": f"households/<slug:public_id>/{path}/",
        "find": looking_up.household,
        "back": looking_up.household_page,
        "refuse": looking_up.closed,
    }


def _of_insider(insider: Insider) -> tuple[str, str]:
    return str(insider), reverse("clients:insider", args=[insider.public_id])


_COMPLIANCE: dict[str, Any] = {"roles": COMPLIANCE, "refusal": ONLY_COMPLIANCE}
_ADVISING: dict[str, Any] = {"roles": ADVISING, "refusal": ONLY_ADVISING}
DOORS = (
    *registers.doors(
        trading_facts.INSIDERS, noun="Insiders and affiliates", one="an insider or affiliate", path="insiders",
        form=InsiderForm, mine=access_registers.insiders_for, create=_in_household("insider"), **_ADVISING,
    ),
    *registers.doors(
        trading_facts.WINDOWS, noun="Blackouts and clearances", one="a blackout or clearance",
        path="insider-windows", form=WindowForm, mine=access_registers.insider_windows_for,
        create={
            "path": "insiders/<slug:public_id>/window/", "find": find_insider, "back": _of_insider,
            "refuse": registers.ended,
        }, **_ADVISING,
    ),
    *registers.doors(
        trading_facts.APPROVALS, noun="Approvals of complex products", one="an approval of a complex product",
        path="product-approvals", form=ApprovalForm, mine=access_registers.product_approvals_for,
        create=_in_household("product-approval"), **_COMPLIANCE,
    ),
    *registers.doors(
        trading_facts.ARRANGED, noun="Principal and cross trades", one="a principal or cross trade",
        path="arranged-trades", form=ArrangedForm, mine=access_registers.arranged_trades_for,
        create=_in_household("arranged-trade"), ending="Call off", **_COMPLIANCE,
    ),
)  # fmt: skip
