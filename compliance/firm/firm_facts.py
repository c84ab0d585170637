"""Who the firm is, and what it charges: the head of letters and of the policy that clients and examiners read."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

LETTERS = "letters, and “How we rebalance”"

NAME = Setting(
    code="firm.name",
    name="Name",
    group=Group.FIRM,
    kind=Kind.TEXT,
    default="Your firm",
    from_env="FIRM_NAME",
    most=Decimal(120),
    help="The firm's legal name, as it stands on Form ADV.",
    read_by=LETTERS,
)
ADDRESS = Setting(
    code="firm.address",
    name="Address",
    group=Group.FIRM,
    kind=Kind.LONG_TEXT,
    default="",
    required=False,
    most=Decimal(300),
    help="One line each for street, city, state and ZIP code.",
    read_by=LETTERS,
)
LETTERHEAD = Setting(
    code="firm.letterhead",
    name="Letterhead",
    group=Group.FIRM,
    kind=Kind.LONG_TEXT,
    default="",
    required=False,
    most=Decimal(300),
    help="Up to three further lines under the name, such as the registration.",
    read_by=LETTERS,
)
CONTACT = Setting(
    code="firm.contact",
    name="Contact",
    group=Group.FIRM,
    kind=Kind.TEXT,
    default="",
    required=False,
    most=Decimal(120),
    help="Telephone, e-mail or website, in one line.",
    read_by=LETTERS,
)
TIME_ZONE = Setting(
    code="firm.time_zone",
    name="Time zone shown",
    group=Group.FIRM,
    kind=Kind.CHOICE,
    default="America/New_York",
    choices=(
        ("America/New_York", "Eastern"),
        ("America/Chicago", "Central"),
        ("America/Denver", "Mountain"),
        ("America/Phoenix", "Arizona"),
        ("America/Los_Angeles", "Pacific"),
        ("America/Anchorage", "Alaska"),
        ("Pacific/Honolulu", "Hawaii"),
    ),
    help="Pages show moments in it. Market days, deadlines and days of the record stay in New York time.",
    read_by="every moment on a page, within a minute",
)
FISCAL_YEAR_END = Setting(
    code="firm.fiscal_year_end",
    name="Fiscal year end",
    group=Group.FIRM,
    kind=Kind.MONTH_AND_DAY,
    default=(12, 31),
    help="Month and day, such as 12-31. Books and records are kept from the end of the fiscal year of their last entry.",
    read_by="how long today's records are kept, on the settings page and in “How we rebalance”",
)
TOKEN_DAYS_MAX = Setting(
    code="firm.token_days_max",
    name="Longest life of an API token",
    group=Group.FIRM,
    kind=Kind.WHOLE,
    default=90,
    unit="days",
    least=Decimal(1),
    most=Decimal(366),
    help="People's own tokens end by themselves after at most so many days. Tokens that are made already stay as they are.",
    read_by="the page on which a token is made",
)
FEE_SCHEDULE = Setting(
    code="fees.schedule",
    name="Fee schedule",
    group=Group.FEES,
    kind=Kind.LONG_TEXT,
    default="",
    required=False,
    most=Decimal(2_000),
    help="What clients pay, in sentences, as Form ADV Part 2A says it.",
    read_by="“How we rebalance”",
)
FEE_BILLING = Setting(
    code="fees.billing",
    name="Billing",
    group=Group.FEES,
    kind=Kind.CHOICE,
    default="quarterly_arrears",
    choices=(
        ("quarterly_arrears", "Quarterly in arrears"),
        ("quarterly_advance", "Quarterly in advance"),
        ("monthly_arrears", "Monthly in arrears"),
        ("monthly_advance", "Monthly in advance"),
    ),
    help="When fees are taken.",
    read_by="“How we rebalance”",
)
FEES_DEPEND_ON_TRADING = Setting(
    code="fees.depend_on_trading",
    name="Fees depend on trading",
    group=Group.FEES,
    kind=Kind.YES_NO,
    default=False,
    help="Whether the firm or its people earn more when more is traded. “How we rebalance” says so either way.",
    read_by="“How we rebalance”",
)

SETTINGS = (
    NAME,
    ADDRESS,
    LETTERHEAD,
    CONTACT,
    TIME_ZONE,
    FISCAL_YEAR_END,
    TOKEN_DAYS_MAX,
    FEE_SCHEDULE,
    FEE_BILLING,
    FEES_DEPEND_ON_TRADING,
)
