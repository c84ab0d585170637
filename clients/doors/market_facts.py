"""Doors to what funds and markets say: trading policies of funds, quotes, halts, the volatility index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms

from clients import access_registers
from clients.doors import looking_up, registers
from clients.models import TradingHalt
from clients.models.columns import PRICE_MAX
from clients.registers import layouts, market_facts
from clients.registers import register as verbs
from compliance import clock
from compliance.doors.door import Act, Done, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

DESK = frozenset({Role.TRADER, Role.COMPLIANCE})
ONLY_DESK = "These facts about the market are kept by the trading desk and compliance."
SOURCE: dict[str, Any] = {
    "label": "Source",
    "max_length": 200,
    "error_messages": {"required": "Say where it is from."},
}
HUNDRED = Decimal(100)


class Moment(forms.DateTimeField):
    """A moment, typed and shown on the clocks of New York; a program may send another offset."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label=f"{label}, New York time", **options)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, datetime):
            return value.astimezone(clock.EASTERN).replace(tzinfo=None)
        return value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
        except ValueError:
            raise forms.ValidationError("Write a day and a time, such as 2026-11-23 10:05.") from None
        return found if found.tzinfo else found.replace(tzinfo=clock.EASTERN)


class FundPolicy(registers.OfSecurity):
    register, page = market_facts.FUND_POLICIES, "clients:fund_policy"

    holding_days = forms.IntegerField(
        label="No sale within so many days of a purchase", min_value=1, max_value=365
    )
    redemption_fee = forms.DecimalField(
        label="Redemption fee, percent", required=False, min_value=0, max_value=100, decimal_places=4
    )
    fee_days = forms.IntegerField(
        label="On shares held for fewer days than", required=False, min_value=1, max_value=3650
    )
    source = forms.CharField(help_text="The prospectus, with its day.", **SOURCE)

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        there = dict(super().now(subject, user=user, on=on))
        if there.get("redemption_fee") is not None:
            there["redemption_fee"] = (there["redemption_fee"] * HUNDRED).normalize()
        return there

    def clean_redemption_fee(self) -> Decimal | None:
        fee: Decimal | None = self.cleaned_data["redemption_fee"]
        self.fee = None if fee is None else fee / HUNDRED
        return fee

    def values(self) -> dict[str, Any]:
        return {**super().values(), "redemption_fee": self.fee}


class FundPolicyFile(registers.FromFile):
    layout, page = layouts.FUND_POLICIES, "clients:fund_policy_list"


class Quote(registers.OfSecurity):
    register, page = market_facts.QUOTES, "clients:quote"

    quoted_at = Moment("Moment")
    bid = forms.DecimalField(
        label="Bid, dollars", min_value=Decimal("0.000001"), max_value=PRICE_MAX, decimal_places=6
    )
    ask = forms.DecimalField(
        label="Ask, dollars", min_value=Decimal("0.000001"), max_value=PRICE_MAX, decimal_places=6
    )
    source = forms.CharField(help_text="A screen, a person and a time.", **SOURCE)


class QuoteFile(registers.FromFile):
    layout, page = layouts.QUOTES, "clients:quote_list"


class Halt(registers.OfSecurity):
    register, page = market_facts.HALTS, "clients:halt"

    symbol = forms.CharField(
        label="Symbol", max_length=40, required=False, help_text="Empty: the whole market."
    )
    kind = forms.ChoiceField(label="Kind", choices=TradingHalt.Kind.choices)
    starts_at = Moment("From")
    ends_at = Moment("Until", required=False, help_text="Empty: trading has not resumed.")
    source = forms.CharField(help_text="The exchange's notice, or who decided it.", **SOURCE)

    def offer(self) -> None:
        super().offer()
        self.fields["kind"].disabled = self.row is not None


class Resumed(DoorForm):
    """When trading went on."""

    ends_at = Moment("Trading resumed at")

    @classmethod
    def now(cls, subject: Any, *, user: Any, on: date) -> Mapping[str, Any]:
        return {"ends_at": subject.ends_at} if subject.ends_at else {}

    def clean_ends_at(self) -> datetime:
        found: datetime = self.cleaned_data["ends_at"]
        if found < self.subject.starts_at:
            raise forms.ValidationError("It would end before it starts.")
        return found

    def act(self, *, by: Actor, at: datetime) -> Done:
        values = {"ends_at": self.cleaned_data["ends_at"]}
        row = verbs.change(market_facts.HALTS, self.subject, values, user_id=self.user.pk, by=by, at=at)
        return Done("Trading has resumed. The halt stays on record for its days.", Halt.url_of(row), row)


class HaltFile(registers.FromFile):
    layout, page = layouts.HALTS, "clients:halt_list"


class Level(registers.Entry):
    register, page = market_facts.LEVELS, "clients:volatility_level"

    market_on = looking_up.day(label="Market day")
    level = forms.DecimalField(
        label="Level of the index",
        min_value=Decimal("0.000001"),
        max_value=Decimal("999.999999"),
        decimal_places=6,
        help_text="As it is published, such as 18.25.",
    )
    source = forms.CharField(help_text="A screen or a data file.", **SOURCE)


class LevelFile(registers.FromFile):
    layout, page = layouts.LEVELS, "clients:volatility_level_list"


_DESK: dict[str, Any] = {"roles": DESK, "refusal": ONLY_DESK}
_HALTS: Any = registers.doors(
    market_facts.HALTS, noun="Halts and pauses", one="a trading halt", path="halts", form=Halt,
    mine=access_registers.halts_for, ending="Take back", **_DESK,
)  # fmt: skip
DOORS = (
    *registers.doors(
        market_facts.FUND_POLICIES, noun="Fund trading policies", one="a fund’s trading policy",
        path="fund-policies", form=FundPolicy, mine=access_registers.fund_policies_for, **_DESK,
    ),
    registers.file_door(
        market_facts.FUND_POLICIES, form=FundPolicyFile, noun="Fund trading policies",
        title="Load a file of trading policies", path="fund-policies/file/", file="house `fund_policies.csv`", **_DESK,
    ),
    *registers.doors(
        market_facts.QUOTES, noun="Quotes", one="a quote", path="quotes", form=Quote,
        mine=access_registers.quotes_for, ending="Take back", **_DESK,
    ),
    registers.file_door(
        market_facts.QUOTES, form=QuoteFile, noun="Quotes", title="Load a file of quotes", path="quotes/file/",
        file="house `quotes.csv`", **_DESK,
    ),
    *_HALTS,
    FormDoor(
        name="halt_resume", noun="Halts and pauses", act=Act.EDIT, title="Trading has resumed", form=Resumed,
        path="halts/<slug:public_id>/resume/", button="It has resumed", namespace="clients", find=_HALTS[1].find,
        back=_HALTS[1].back, refuse=registers.ended, actions=(market_facts.HALTS.changed,), verbs=(verbs.change,),
        **_DESK,
    ),
    registers.file_door(
        market_facts.HALTS, form=HaltFile, noun="Halts and pauses", title="Load a file of halts", path="halts/file/",
        file="house `halts.csv`", **_DESK,
    ),
    *registers.doors(
        market_facts.LEVELS, noun="Volatility index", one="a level of the volatility index", path="volatility-levels",
        form=Level, mine=access_registers.volatility_levels_for, ending="Take back", **_DESK,
    ),
    registers.file_door(
        market_facts.LEVELS, form=LevelFile, noun="Volatility index", title="Load a file of levels",
        path="volatility-levels/file/", file="house `volatility.csv`", **_DESK,
    ),
)  # fmt: skip
