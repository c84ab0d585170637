"""Doors to announced and paid distributions of funds: one by one, or many from a file."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse

from clients import access_registers
from clients.doors import registers
from clients.doors.looking_up import day
from clients.models.columns import PRICE_MAX
from clients.registers import distribution_files, fund_distributions
from clients.registers.fund_distributions import REGISTER
from compliance.actions import Action
from compliance.doors.door import Act, Done, DoorForm, FormDoor
from compliance.people.actors import Actor
from compliance.people.roles import Role

NOUN = "Fund distributions"
ROLES = frozenset({Role.TRADER, Role.COMPLIANCE})
REFUSAL = "Fund distributions are kept by the trading desk and compliance."
SIZE_MAX = 256 * 1024


def _amount(label: str, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=f"{label}, dollars a share",
        required=False,
        min_value=0,
        max_value=PRICE_MAX,
        decimal_places=6,
        **options,
    )


class Distribution(registers.OfSecurity):
    register, page = REGISTER, "clients:fund_distribution"

    ex_on = day(label="Ex-day", help_text="Who buys on this day or later does not get it.")
    record_on = day(label="Record day", required=False)
    pay_on = day(label="Paid on", required=False)
    long_gain = _amount("Long-term gains")
    short_gain = _amount("Short-term gains")
    ordinary = _amount("Ordinary income")
    qualified = _amount("Qualified dividends")
    exempt = _amount("Tax-exempt interest")
    return_of_capital = _amount("Return of capital")
    share_of_price = forms.DecimalField(
        label="The whole as a fraction of the price",
        required=False,
        min_value=0,
        max_value=Decimal(1),
        decimal_places=6,
        help_text="Where the fund names only that: 0.04 for 4%.",
    )
    is_final = forms.BooleanField(label="The amounts are final", required=False)
    source = forms.CharField(
        label="Source",
        max_length=200,
        help_text="The fund company's page or letter, with its day.",
        error_messages={"required": "Say where it was announced."},
    )


class Load(DoorForm):
    """A file of distributions, pasted or chosen. The check page shows what each line would do."""

    rows = forms.CharField(
        label="Lines of the file",
        required=False,
        max_length=SIZE_MAX,
        widget=forms.Textarea(
            attrs={"rows": 10, "spellcheck": "false", "placeholder": distribution_files.EXAMPLE}
        ),
        help_text="CSV with a line of captions; docs/formats/fund-distributions.md names the columns.",
    )
    upload = forms.FileField(label="Or a file", required=False, max_length=200)
    source = forms.CharField(label="Source", max_length=200, error_messages={"required": "Name the source."})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if upload := given.get("upload"):
            try:
                given["rows"] = upload.read(SIZE_MAX + 1).decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("upload", "The file is not UTF-8 text. Save it as UTF-8 and try again.")
                return given
            # The check page sends the text back; a file cannot be chosen twice.
            self.data = {**{name: self.data.get(name) for name in self.data}, "rows": given["rows"]}
            self.files = type(self.files)()
        if len(given.get("rows") or "") > SIZE_MAX:
            self.add_error("rows", "The file is larger than 256 KB.")
        elif not (given.get("rows") or "").strip():
            self.add_error("rows", "Paste the lines, or choose a file.")
        elif not self.errors:
            self.plan = distribution_files.plan(given["rows"], source=given["source"], on=self.on)
            for fault in self.plan.faults[:20]:
                self.add_error("rows", fault)
        return given

    def follows(self) -> list[tuple[str, str, str]]:
        return [(one.label, one.before, one.after) for one in self.plan.steps]

    def act(self, *, by: Actor, at: datetime) -> Done:
        counts = distribution_files.load(self.plan, user_id=self.user.pk, by=by, at=at)
        sentence = f"{counts.new} new, {counts.changed} changed, {counts.unchanged} unchanged."
        return Done(sentence, reverse("clients:fund_distribution_list"), None)


FILE = FormDoor(
    namespace="clients",
    name="fund_distribution_file",
    noun=NOUN,
    act=Act.FILE,
    title="Load a file of distributions",
    path="fund-distributions/file/",
    roles=ROLES,
    refusal=REFUSAL,
    form=Load,
    back=lambda _: (NOUN, reverse("clients:fund_distribution_list")),
    actions=(Action.DISTRIBUTION_ENTERED, Action.DISTRIBUTION_CHANGED),
    verbs=(distribution_files.load,),
    file="house `fund_distributions.csv`",
    checked=True,
)

DOORS = (
    *registers.doors(
        fund_distributions.REGISTER,
        noun=NOUN,
        one="a fund distribution",
        path="fund-distributions",
        form=Distribution,
        mine=access_registers.fund_distributions_for,
        roles=ROLES,
        refusal=REFUSAL,
        ending="Take back",
    ),
    FILE,
)
