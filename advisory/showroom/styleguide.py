"""The gallery of every part in every state, with sample values; the browser test takes its screenshots here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from advisory.desk import chips
from advisory.showroom import sample_refusals
from clients import drawings
from clients.drawings import BandBar
from compliance.doors.refused import Refused
from compliance.lists.asked import Fault
from compliance.lists.listing import Chip, Chips, Column, FileLink, Listing, Pager
from compliance.people.roles import STAFF_ROLES
from compliance.refusals import NotAllowed

D = Decimal


class SampleForm(forms.Form):
    """One field of each kind."""

    amount = forms.DecimalField(
        label="Amount due out", help_text="In dollars, for example 100,000.", min_value=1
    )
    due_on = forms.DateField(label="Due on", help_text="For example 12/10/2026.")
    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    kind = forms.ChoiceField(
        label="Kind", choices=[("once", "Once"), ("monthly", "Every month")], widget=forms.RadioSelect
    )
    account = forms.ChoiceField(
        label="Account", choices=[("a", "Joint ····1234"), ("b", "Roth IRA ····9876")]
    )
    is_firm = forms.BooleanField(label="The client has confirmed this in writing")


@dataclass(frozen=True, slots=True)
class Lot:
    bought_on: date | None
    shares: Decimal
    proceeds: Decimal
    gain: Decimal | None
    term: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Trade:
    side: str
    symbol: str
    name: str
    shares: Decimal
    price: Decimal
    value: Decimal
    gain: Decimal | None
    reason: str
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class AccountTrades:
    name: str
    last_four: str
    treatment: str
    trades: tuple[Trade, ...]


@dataclass(frozen=True, slots=True)
class StyleguidePage:
    """Everything the gallery shows; no query is made."""

    allocation: tuple[BandBar, ...]
    situations: tuple[BandBar, ...]
    accounts: tuple[AccountTrades, ...]
    tiles: tuple[dict[str, Any], ...]
    households: tuple[dict[str, Any], ...]
    findings: tuple[dict[str, str], ...]
    waits: tuple[str, ...]
    events: tuple[dict[str, Any], ...]
    figures: tuple[tuple[str, Any], ...]
    states: tuple[str, ...]
    form: SampleForm
    form_with_errors: SampleForm
    listing: Listing
    tabs: tuple[dict[str, Any], ...]
    refusal: NotAllowed
    moved: Refused
    at: datetime
    on: date
    sizes: tuple[str, ...] = field(default=tuple(drawings.FRAMES))


AT = datetime(2026, 11, 20, 11, 2, tzinfo=UTC)
ON = date(2026, 11, 20)


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Show staff the gallery."""
    if not STAFF_ROLES & request.user.role_names:  # type: ignore[union-attr]
        raise NotAllowed("The gallery of parts is for the firm's staff.")
    return render(request, "advisory/styleguide/page.html", {"page": sample()})


def sample() -> StyleguidePage:
    """The gallery's invented values: one household, and each part's states."""
    return StyleguidePage(
        allocation=_allocation(),
        situations=_situations(),
        accounts=_accounts(),
        tiles=_tiles(),
        households=_households(),
        findings=_findings(),
        waits=(
            "Held until Dec 12, 2026: $100,000 is due out on Dec 10.",
            "9.5 shares of VTI turn long-term on Dec 1, 2026; waiting saves about $412 in federal tax.",
            "The household has realized $18,400 of its $20,000 gains budget this year.",
        ),
        events=_events(),
        figures=_figures(),
        states=tuple(chips.TONE_BY_STATE),
        form=SampleForm(),
        form_with_errors=SampleForm(
            {"amount": "a lot", "due_on": "", "reason": "A new roof.", "kind": "", "account": "a"}
        ),
        listing=Listing(
            chips=(
                Chips(
                    "Filter by state",
                    (
                        Chip("All", "?", False, 412),
                        Chip("Out of band", "?state=outside", True, 37),
                        Chip("Held", "?state=held", False, 9),
                    ),
                ),
            ),
            columns={
                "drift": Column("Worst drift", "?ordering=drift", "descending"),
                "value": Column("Value", "?ordering=-value", ""),
            },
            pager=Pager(number=3, first=101, last=150, count=412, previous=2, next=4),
            query="state=outside",
            total=412,
            is_filtered=True,
            faults=(Fault("sate", "There is no filter “sate” here."),),
            files=(FileLink("CSV", "?export=csv"), FileLink("XLSX", "?export=xlsx")),
        ),
        tabs=(
            {"label": "Allocation", "url": "#allocation", "is_on": True, "count": None},
            {"label": "Holdings", "url": "#holdings", "is_on": False, "count": 31},
            {"label": "Proposals", "url": "#proposals", "is_on": False, "count": 2},
            {"label": "Timeline", "url": "#timeline", "is_on": False, "count": None},
        ),
        refusal=sample_refusals.NOT_ALLOWED,
        moved=sample_refusals.MOVED,
        at=AT,
        on=ON,
    )


def _allocation() -> tuple[BandBar, ...]:
    return (
        BandBar("US stocks", D("0.40"), D("0.35"), D("0.45"), D("0.482"), D("0.4215")),
        BandBar("International stocks", D("0.20"), D("0.17"), D("0.23"), D("0.1984"), D("0.2003")),
        BandBar("US bonds", D("0.30"), D("0.26"), D("0.34"), D("0.2441"), D("0.2904")),
        BandBar("Real estate", D("0.08"), D("0.06"), D("0.10"), D("0.0612"), D("0.0689")),
        BandBar("Cash", D("0.02"), D("0.01"), D("0.04"), D("0.0143"), D("0.0189")),
    )


def _situations() -> tuple[BandBar, ...]:
    low, target, high = D("0.55"), D("0.60"), D("0.65")
    return (
        BandBar("Inside, nothing proposed", target, low, high, D("0.612")),
        BandBar("Above, brought inside", target, low, high, D("0.682"), D("0.62")),
        BandBar("Below, brought inside", target, low, high, D("0.531"), D("0.575")),
        BandBar("Above, still outside", target, low, high, D("0.702"), D("0.667")),
        BandBar("Exactly on its edge", target, low, high, D("0.65"), D("0.65")),
        BandBar("Far off the scale", target, low, high, D("0.94"), D("0.655")),
        BandBar("Nothing held yet", target, low, high, D("0"), D("0.60")),
        BandBar("Weight unknown", target, low, high, None),
        BandBar("Lopsided band", D("0.02"), D("0.01"), D("0.06"), D("0.071"), D("0.021")),
        BandBar("No room at all", D("0.10"), D("0.10"), D("0.10"), D("0.104"), D("0.10")),
    )


def _accounts() -> tuple[AccountTrades, ...]:
    return (
        AccountTrades(
            "Joint brokerage",
            "1234",
            "taxable",
            (
                Trade(
                    "sell",
                    "VTI",
                    "Broad US stock fund",
                    D("62.5"),
                    D("297.42"),
                    D("18588.75"),
                    D("1204.11"),
                    "US stocks are 3.2 pts above their band. Highest cost first.",
                    (
                        Lot(
                            date(2021, 3, 1),
                            D("40"),
                            D("11896.80"),
                            D("1610.40"),
                            "long",
                            "Highest-cost long-term lot",
                        ),
                        Lot(
                            date(2026, 2, 3),
                            D("22.5"),
                            D("6691.95"),
                            D("-406.29"),
                            "short",
                            "Harvests a loss",
                        ),
                    ),
                ),
                Trade(
                    "sell",
                    "LGCY",
                    "Inherited utility stock",
                    D("100"),
                    D("48.10"),
                    D("4810.00"),
                    None,
                    "Not in the model; cost basis is missing, so its tax is unknown.",
                    (Lot(None, D("100"), D("4810.00"), None, None, "Only lot"),),
                ),
            ),
        ),
        AccountTrades(
            "Roth IRA, Elena",
            "9876",
            "tax-free",
            (
                Trade(
                    "buy",
                    "BND",
                    "US bond fund",
                    D("250"),
                    D("73.18"),
                    D("18295.00"),
                    D("0"),
                    "US bonds are 1.6 pts below their band.",
                ),
            ),
        ),
    )


def _tiles() -> tuple[dict[str, Any], ...]:
    return (
        {"count": 3, "label": "to decide today", "url": "#", "tone": "", "is_on": True},
        {"count": 5, "label": "changed since you opened them", "url": "#", "tone": ""},
        {"count": 2, "label": "blocked", "url": "#", "tone": "breach"},
        {"count": 11, "label": "out of band, no proposal", "url": "#", "tone": "attention"},
        {"count": 4, "label": "cash too high", "url": "#", "tone": ""},
        {"count": 0, "label": "wash-sale windows ending", "url": "#", "tone": "attention"},
        {"count": 1, "label": "lots turning long-term", "url": "#", "tone": ""},
    )


def _households() -> tuple[dict[str, Any], ...]:
    stocks = ("Stocks", D("0.60"), D("0.55"), D("0.65"))
    return (
        {
            "name": "Marlowe",
            "bar": BandBar(*stocks, D("0.682"), D("0.62")),
            "drift": D("0.082"),
            "is_outside": True,
            "value": D("2418220.14"),
            "tax": D("4210.00"),
            "state": "in_review",
            "reason": "Stocks rose from 60 to 68%. One sale, two purchases.",
        },
        {
            "name": "Okafor & Reyes",
            "bar": BandBar(*stocks, D("0.531"), D("0.575")),
            "drift": D("-0.069"),
            "is_outside": True,
            "value": D("961004.77"),
            "tax": D("0"),
            "state": "awaiting_consent",
            "reason": "Contribution of $60,000 still in cash.",
        },
        {
            "name": "Whitfield Family Trust",
            "bar": BandBar(*stocks, D("0.66"), None),
            "drift": D("0.06"),
            "is_outside": True,
            "value": D("5120933.02"),
            "tax": None,
            "state": "held",
            "reason": "Held until Dec 12, 2026: $100,000 is due out on Dec 10.",
        },
        {
            "name": "Ito",
            "bar": BandBar(*stocks, D("0.604"), None),
            "drift": D("0.004"),
            "is_outside": False,
            "value": D("388410.50"),
            "tax": D("0"),
            "state": "inside",
            "reason": "Every class is inside its band.",
        },
        {
            "name": "Brandt",
            "bar": BandBar(*stocks, None, None),
            "drift": None,
            "is_outside": False,
            "value": None,
            "tax": None,
            "state": "unreconciled",
            "reason": "Lots of ACME add up to 90 shares, the position says 100.",
        },
    )


def _findings() -> tuple[dict[str, str], ...]:
    return (
        {
            "severity": "block",
            "sentence": "The client has not consented to this trade, and the account is not discretionary.",
            "how_to_fix": "Send the proposal to Elena Marlowe, or leave this account out.",
            "rule": "PTC-25, version 1",
        },
        {
            "severity": "reason",
            "sentence": "Turnover is 14.2% of the household; the firm's limit without a reason is 10%.",
            "rule": "PTC-18, version 2",
        },
        {
            "severity": "note",
            "sentence": "VTI was last priced yesterday at 16:00 ET.",
            "rule": "PTC-04, version 1",
        },
        {
            "severity": "pass",
            "sentence": "No lot sold at a loss was bought back by the household within 30 days.",
            "rule": "PTC-10, version 1",
        },
    )


def _events() -> tuple[dict[str, Any], ...]:
    return (
        {"at": AT, "sentence": "Order batch 4F2K was released", "by": "Tess Ward, trader", "tone": "order"},
        {
            "at": AT.replace(hour=10),
            "sentence": "Approved revision 3",
            "by": "Rui Costa, reviewer",
            "tone": "order",
            "note": "Fingerprint 9c41d07e. Second factor: passkey.",
        },
        {
            "at": AT.replace(hour=9),
            "sentence": "Changes requested",
            "by": "Rui Costa, reviewer",
            "tone": "attention",
            "note": "Please leave the inherited shares alone this year.",
        },
        {
            "at": AT.replace(hour=8),
            "sentence": "Approval refused: the prices had moved",
            "by": "Rui Costa, reviewer",
            "tone": "breach",
        },
        {"at": AT.replace(hour=7), "sentence": "Review opened", "by": "the nightly scan", "tone": "action"},
        {"at": AT.replace(hour=6), "sentence": "Proposal drafted", "by": "the nightly scan"},
    )


def _figures() -> tuple[tuple[str, Any], ...]:
    return (
        ("plain", D("1234567.891")),
        ("negative", D("-80.5")),
        ("nothing", D("0")),
        ("a trace", D("-0.0000004")),
        ("unknown", None),
    )
