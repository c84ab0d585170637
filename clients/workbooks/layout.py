"""The workbook's sheets and columns, declared once. See `columns` for what follows from a declaration."""

from __future__ import annotations

from decimal import Decimal

from clients.custodians.kinds import Discretion, LotMethod, Registration
from clients.models import Account, BookEntry, CashFlow, LifeEvent, Person, Policy, TaxUnit
from clients.workbooks.columns import HOUSEHOLD, Column, Kind, SheetLayout
from clients.workbooks.distribution_layout import DISTRIBUTION_FIGURES, DISTRIBUTION_TERMS
from clients.workbooks.firm_layout import FIRM_SHEETS
from clients.workbooks.policy_layout import POLICY_TARGETS, POLICY_TEMPLATES, RESTRICTIONS
from clients.workbooks.standing_layout import CLIENT_RESTRICTIONS, HOLDS, RECURRING_CASH
from clients.workbooks.tax_fact_layout import TAX_FACT_SHEETS

ZERO = Decimal(0)

INSTRUCTIONS = "instructions"
"""The template's first sheet, which is not read."""


def _of(kind: type) -> tuple[str, ...]:
    """The values of a choice on record, or of a custodian file's word."""
    return tuple(getattr(kind, "values", None) or [str(one) for one in kind])  # type: ignore[attr-defined]


def _money(name: str, about: str, *, required: bool = False, signed: bool = False) -> Column:
    return Column(name, Kind.MONEY, about, required, smallest=None if signed else ZERO)


HOUSEHOLDS = SheetLayout(
    "households",
    "Households",
    "One row for each household. Its code ties the rows of all other sheets together.",
    (
        HOUSEHOLD,
        Column("name", Kind.TEXT, "What people call it.", True, length=120),
        Column("opened_on", Kind.DAY, "Since when it is a client.", True),
        Column(
            "profile_confirmed_on",
            Kind.DAY,
            "When objectives, horizon and risk were last confirmed with the client.",
        ),
    ),
    key=("household",),
)
PEOPLE = SheetLayout(
    "people",
    "People",
    "Everybody of the household who owns something, files a return or is married to somebody who does.",
    (
        HOUSEHOLD,
        Column("given_name", Kind.TEXT, "First name; empty for a trust or an entity.", length=60),
        Column("family_name", Kind.TEXT, "Last name, or the name of the trust or entity.", True, length=120),
        Column(
            "kind", Kind.CHOICE, "A person, a trust or an entity; empty: a person.", choices=_of(Person.Kind)
        ),
        Column("part", Kind.CHOICE, "The person's part in the household.", True, _of(Person.Part)),
        Column("spouse", Kind.TEXT, "Full name of the husband or wife in the same household.", length=181),
        Column(
            "parties",
            Kind.TEXT,
            "Of a trust or an entity: trustees and beneficiaries, or who signs.",
            length=500,
        ),
        Column("born_on", Kind.DAY, "Day of birth. Stored encrypted; never exported.", is_secret=True),
        Column(
            "tax_number", Kind.TAX_NUMBER, "SSN or TIN. Stored encrypted; never exported.", is_secret=True
        ),
    ),
    key=("household", "given_name", "family_name"),
)
TAX_UNITS = SheetLayout(
    "tax_units",
    "Tax units",
    "Who files a return together: a couple, a single person, a child, a trust.",
    (
        HOUSEHOLD,
        Column("tax_unit", Kind.CODE, "A code of your own, unique in the household.", True, length=32),
        Column("name", Kind.TEXT, "What people call it.", True, length=120),
        Column(
            "filing_status",
            Kind.CHOICE,
            "How it files at present; each year's profile has its own.",
            True,
            _of(TaxUnit.FilingStatus),
        ),
        Column("state", Kind.STATE, "State of residence at present."),
        Column(
            "members",
            Kind.NAMES,
            "Full names of who files, `Ann Miller; Bob Miller`; of a trust's own return the trust, or empty.",
        ),
    ),
    key=("household", "tax_unit"),
)
TAX_PROFILES = SheetLayout(
    "tax_profiles",
    "Yearly tax profiles",
    "The figures of one tax year, as confirmed with the client. Without a row the household is not traded.",
    (
        HOUSEHOLD,
        Column("tax_unit", Kind.CODE, "The tax unit's code.", True, length=32),
        Column("tax_year", Kind.WHOLE, "Four digits.", True, smallest=Decimal(2000), largest=Decimal(2100)),
        Column("confirmed_on", Kind.DAY, "When the client confirmed the figures.", True),
        Column(
            "filing_status",
            Kind.CHOICE,
            "How the year's return is filed; empty: as the tax unit files.",
            choices=_of(TaxUnit.FilingStatus),
        ),
        Column("state", Kind.STATE, "State of residence in the year; empty: the tax unit's."),
        Column(
            "rate_short",
            Kind.SHARE,
            "Flat federal rate on short-term gains, instead of the income; with rate_long, or neither.",
        ),
        Column("rate_long", Kind.SHARE, "Flat federal rate on long-term gains."),
        Column(
            "rate_investment", Kind.SHARE, "Net investment income tax on top of the flat rates (IRC 1411)."
        ),
        _money("wages", "Wages and other earned income of the year; 0 for none, empty with flat rates."),
        _money("taxable_interest", "Taxable interest."),
        _money("qualified_dividends", "Qualified dividends."),
        _money("other_income", "Other ordinary income; negative for a loss.", signed=True),
        _money("deduction", "Itemized deduction; empty: the standard deduction."),
        Column("state_rate", Kind.SHARE, "Flat state rate on net gains."),
        _money("short_term_before", "Net short-term gain of the year before the record begins.", signed=True),
        _money("long_term_before", "Net long-term gain of the year before the record begins.", signed=True),
        _money("short_term_carryover", "Short-term loss carried in, as a positive amount."),
        _money("long_term_carryover", "Long-term loss carried in, as a positive amount."),
        _money("distributions_expected", "Capital-gain distributions of funds, received or expected."),
        _money("gain_budget", "Net realized gain the client allows this year; empty: none set."),
    ),
    key=("household", "tax_unit", "tax_year"),
)
BOOKS = SheetLayout(
    "books",
    "Books",
    "Who advises the household and who reviews it. Each needs at least one of both.",
    (
        HOUSEHOLD,
        Column("colleague", Kind.EMAIL, "The address the colleague signs in with.", True, length=254),
        Column("part", Kind.CHOICE, "What the colleague does for the household.", True, _of(BookEntry.Part)),
        Column("starts_on", Kind.DAY, "From when.", True),
    ),
    key=("household", "colleague", "part"),
)
ACCOUNTS = SheetLayout(
    "accounts",
    "Accounts",
    "Every account of the household. Holdings come from the custodians' files, not from here.",
    (
        HOUSEHOLD,
        Column(
            "account",
            Kind.NUMBER_AS_TEXT,
            "The custodian's whole number as text; in an export the account's reference.",
            True,
            length=64,
        ),
        Column("label", Kind.TEXT, "What people call it; empty: its registration.", length=120),
        Column("owner", Kind.TEXT, "Full name of the owner: a person, trust or entity.", True, length=181),
        Column("joint_owner", Kind.TEXT, "Full name of the second owner.", length=181),
        Column(
            "registration", Kind.CHOICE, "How it is titled; its taxation follows.", True, _of(Registration)
        ),
        Column(
            "tax_unit",
            Kind.CODE,
            "The return that reports its trades, where the owner files none or several: a revocable trust's is its grantor's.",
            length=32,
        ),
        Column("custodian", Kind.CHOICE, "Where it is held.", True, _of(Account.Custodian)),
        Column(
            "discretion", Kind.CHOICE, "none: the client consents to each proposal.", True, _of(Discretion)
        ),
        Column(
            "agreement_on", Kind.DAY, "First day of the advisory agreement; without it nothing is traded."
        ),
        Column("agreement_ends_on", Kind.DAY, "Its last day, where it ended."),
        Column("margin", Kind.FLAG, "yes where a margin agreement is in force.", True),
        Column(
            "lot_method", Kind.CHOICE, "The disposal method on file at the custodian.", choices=_of(LotMethod)
        ),
        Column("lot_method_since_on", Kind.DAY, "Since when."),
        _money("minimum_cash", "Dollars that must stay in cash."),
        Column("opened_on", Kind.DAY, "Day of opening."),
        Column(
            "employer_plan", Kind.CODE, "The code of the employer's plan whose menu it buys from.", length=32
        ),
    ),
    key=("household", "account"),
)
POLICIES = SheetLayout(
    "policies",
    "Investment policies",
    "One row for each household. A row that differs from what is on record becomes the next version.",
    (
        HOUSEHOLD,
        Column(
            "template",
            Kind.CODE,
            "A name of sheet policy_templates; empty: rows of policy_targets.",
            length=40,
        ),
        Column(
            "words_template",
            Kind.CODE,
            "The code of a firm policy template whose words are filled in for the household.",
            length=40,
        ),
        Column("model", Kind.CODE, "The code of the model that says what is bought.", True, length=32),
        Column(
            "follows",
            Kind.CHOICE,
            "model: by name, so later versions reach the household without a new signature; version: pinned.",
            choices=_of(Policy.Follows),
        ),
        Column("objectives", Kind.TEXT, "What the money is for, in a sentence or two.", True, length=2000),
        Column("risk", Kind.TEXT, "The risk the client takes, in words.", True, length=200),
        Column(
            "horizon_years",
            Kind.WHOLE,
            "Years until the money is needed.",
            True,
            smallest=ZERO,
            largest=Decimal(100),
        ),
        Column("loss_limit", Kind.SHARE, "Largest loss in a year that the client can accept."),
        Column("benchmark", Kind.TEXT, "What the whole portfolio is compared with.", length=200),
        Column("equity_cap", Kind.SHARE, "Largest share in stocks, looking through funds."),
        Column(
            "discretion",
            Kind.CHOICE,
            "consent: the client is asked before every trade.",
            choices=_of(Policy.Discretion),
        ),
        Column("level", Kind.CHOICE, "Balanced together or account by account.", choices=_of(Policy.Level)),
        Column("pooling_allowed", Kind.FLAG, "The owners agreed in writing to be balanced together."),
        Column("look", Kind.CHOICE, "How often the bands are looked at.", choices=_of(Policy.Look)),
        Column("calendar", Kind.CHOICE, "Rebalance on a schedule too.", choices=_of(Policy.Look)),
        Column(
            "due_session",
            Kind.WHOLE,
            "The market day of its month on which a period begins; 1: the first.",
            smallest=Decimal(1),
            largest=Decimal(15),
        ),
        Column(
            "due_day",
            Kind.WHOLE,
            "The day of its month on which a period begins; empty: the market day.",
            smallest=Decimal(1),
            largest=Decimal(28),
        ),
        Column(
            "soft_breach",
            Kind.CHOICE,
            "waits: a class outside its band waits for a scheduled look or for cash, unless it leaves its hard range.",
            choices=_of(Policy.SoftBreach),
        ),
        Column(
            "sleeve_bands", Kind.FLAG, "The parts of a class have bands too, in proportion to the class's."
        ),
        Column(
            "on_fall",
            Kind.CHOICE,
            "The unscheduled look after a sharp fall of the market; empty: none.",
            choices=_of(Policy.OnFall),
        ),
        Column(
            "fall_classes", Kind.TEXT, "Codes of the classes looked at after a fall, with commas.", length=400
        ),
        Column("edge_is_breach", Kind.FLAG, "A weight exactly on the edge is outside."),
        Column(
            "band_preference",
            Kind.CHOICE,
            "Multiplies every band but cash and own edges.",
            choices=_of(Policy.Preference),
        ),
        Column(
            "sheltered_band_share",
            Kind.SHARE,
            "Width of the bands where no account is taxable, as a share of the others.",
            smallest=Decimal("0.01"),
        ),
        Column("tracking_error_limit", Kind.SHARE, "Yearly tracking error that calls for a proposal."),
        Column(
            "destination_taxable",
            Kind.CHOICE,
            "How far taxable accounts trade.",
            choices=_of(Policy.Destination),
        ),
        Column(
            "destination_sheltered", Kind.CHOICE, "How far the others trade.", choices=_of(Policy.Destination)
        ),
        Column(
            "destination_additions",
            Kind.CHOICE,
            "How far a class below its band is filled; empty: as far as others are trimmed.",
            choices=_of(Policy.Destination),
        ),
        Column("uses_cash_flows", Kind.FLAG, "New money and money due out rebalance first."),
        Column("harvests_losses", Kind.FLAG, "The client agreed to tax-loss harvesting."),
        Column("harvest_rebalances", Kind.FLAG, "A proposal that only takes losses may also rebalance."),
        Column("short_term_gains_allowed", Kind.FLAG, "Short-term gains may be realized."),
        _money("gain_budget", "Net realized gain a year; empty: none agreed."),
        _money("cash_reserve", "Held outside the model."),
        _money("minimum_trade", "No order below this amount."),
        Column("tax_guidance", Kind.TEXT, "What the client agreed about taxes, in words.", length=2000),
        Column("text", Kind.TEXT, "Anything else that was agreed.", length=2000),
        Column("reviewed_on", Kind.DAY, "Last review with the client; empty: the day they signed."),
        Column("next_review_on", Kind.DAY, "When the next one is due."),
        Column(
            "signed_by_client_on",
            Kind.DAY,
            "When the client signed this version; a day that is on record already signs nothing new.",
        ),
        Column("signed_by_advisor_on", Kind.DAY, "When the advisor signed this version."),
    ),
    key=("household",),
)
CASH_FLOWS = SheetLayout(
    "cash_flows",
    "Cash flows",
    "Money due into or out of an account on a day.",
    (
        HOUSEHOLD,
        Column("account", Kind.NUMBER_AS_TEXT, "The account's number or reference.", True, length=64),
        Column("flow", Kind.CHOICE, "What it is.", True, _of(CashFlow.Kind)),
        _money("amount", "Negative leaves the account.", required=True, signed=True),
        Column("due_on", Kind.DAY, "When it is due.", True),
        Column("note", Kind.TEXT, "Anything a colleague should know.", length=200),
    ),
    key=("household", "account", "flow", "amount", "due_on"),
)
LIFE_EVENTS = SheetLayout(
    "life_events",
    "Life events",
    "Open changes in the client's situation; they hold trades back until the policy is renewed.",
    (
        HOUSEHOLD,
        Column("event", Kind.CHOICE, "What happened.", True, _of(LifeEvent.Kind)),
        Column("opened_on", Kind.DAY, "When.", True),
        Column("person", Kind.TEXT, "Full name of whom it concerns.", length=181),
        Column("note", Kind.TEXT, "Anything a colleague should know.", length=300),
    ),
    key=("household", "event", "opened_on", "person"),
)

HOUSEHOLD_SHEETS = (
    HOUSEHOLDS,
    PEOPLE,
    TAX_UNITS,
    TAX_PROFILES,
    BOOKS,
    ACCOUNTS,
    POLICIES,
    POLICY_TARGETS,
    RESTRICTIONS,
    CLIENT_RESTRICTIONS,
    CASH_FLOWS,
    RECURRING_CASH,
    HOLDS,
    LIFE_EVENTS,
    DISTRIBUTION_TERMS,
    DISTRIBUTION_FIGURES,
    *TAX_FACT_SHEETS,
)
SHEETS: tuple[SheetLayout, ...] = (*FIRM_SHEETS, POLICY_TEMPLATES, *HOUSEHOLD_SHEETS)
"""In the order in which they are written and loaded."""

SHEET_BY_NAME = {sheet.name: sheet for sheet in SHEETS}
