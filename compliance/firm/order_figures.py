"""The firm's figures for orders: how long a release waits, when it may leave, and when an order counts as not traded."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

RELEASE_DELAY = Setting(
    code="orders.delay",
    name="Delay before sending",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=0,
    unit="minutes",
    least=Decimal(0),
    most=Decimal(240),
    help="Released orders wait this long, and can be canceled meanwhile, before a file is written or a FIX session has them.",
    read_by="the release of orders",
)

FIRST_MINUTES = Setting(
    code="orders.first_minutes",
    name="First minutes left out",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=15,
    unit="minutes",
    least=Decimal(0),
    most=Decimal(60),
    help="Nothing leaves in the first minutes of a session; it waits until they are over. Funds are not concerned.",
    read_by="the release of orders",
)
LAST_MINUTES = Setting(
    code="orders.last_minutes",
    name="Last minutes left out",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=15,
    unit="minutes",
    least=Decimal(0),
    most=Decimal(60),
    help="What is released in the last minutes of a session waits for the next one. Funds are not concerned.",
    read_by="the release of orders",
)
WAITS_FOR_SESSION: Setting[bool] = Setting(
    code="orders.wait_for_session",
    name="FIX orders wait for the session",
    group=Group.ORDERS,
    kind=Kind.YES_NO,
    default=True,
    help="What is released before the open is given to a FIX session only once the first minutes are over. Files are written at once.",
    read_by="the release of orders",
)
FUND_CUT_OFF = Setting(
    code="orders.fund_cut_off",
    name="Cut-off for fund orders",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=15,
    unit="minutes before the close",
    least=Decimal(0),
    most=Decimal(240),
    help="What is released later gets the fund's price of the next session. Custodians cut earlier than the close; take the earliest of yours.",
    read_by="the trade day of fund orders",
)
ASKED_AFTER = Setting(
    code="orders.asked_after",
    name="Ask about an order",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=1,
    unit="market days after its own",
    least=Decimal(0),
    most=Decimal(5),
    help="From then on the blotter asks about an order that the custodian's files of its day or later do not show.",
    read_by="the questions on the blotter",
)
TIMED_OUT_AFTER = Setting(
    code="orders.timed_out_after",
    name="An order counts as not traded",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=3,
    unit="market days after its own",
    least=Decimal(1),
    most=Decimal(20),
    help="A day order of which no fill and no custodian file has told anything for so long has expired: nothing counts it any more.",
    read_by="the end of orders that nobody heard of",
)
SAME_DAY, ALWAYS, NEVER = "same_day", "always", "never"
PURCHASES_WAIT = Setting(
    code="orders.purchases_wait",
    name="Purchases wait for their account's sales",
    group=Group.ORDERS,
    kind=Kind.CHOICE,
    default=SAME_DAY,
    choices=(
        (SAME_DAY, "Where fills come the same day (FIX)"),
        (ALWAYS, "Always"),
        (NEVER, "Never: sales and purchases go together"),
    ),
    help="What settled cash does not pay for leaves once the account's sales are over, and becomes smaller where they brought less. By file, fills come only with the next morning's file.",
    read_by="the release of orders",
)
SLICE_DAYS = Setting(
    code="orders.slice_days",
    name="An order is sent over at most",
    group=Group.ORDERS,
    kind=Kind.WHOLE,
    default=5,
    unit="market days",
    least=Decimal(1),
    most=Decimal(20),
    help="What is beyond the day's share of the usual volume goes on the market days after it, if their checks pass. What takes longer is for a block desk.",
    read_by="the release of orders",
)

SETTINGS = (
    PURCHASES_WAIT,
    SLICE_DAYS,
    RELEASE_DELAY,
    FIRST_MINUTES,
    LAST_MINUTES,
    WAITS_FOR_SESSION,
    FUND_CUT_OFF,
    ASKED_AFTER,
    TIMED_OUT_AFTER,
)
