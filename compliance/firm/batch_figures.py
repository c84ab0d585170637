"""The firm's figures for approvals in batches: what is small and plain enough to be decided beside others."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

BATCH_GAIN = Setting(
    code="approvals.batch_gain",
    name="Largest gain in a batch",
    group=Group.APPROVAL,
    kind=Kind.DOLLARS,
    default=Decimal(250),
    least=Decimal(0),
    most=Decimal(100_000),
    help="A proposal that realizes more than this by estimate is decided on its own page. Reason: what costs a client tax is read by itself.",
    read_by="approvals in batches",
)
BATCH_TURNOVER = Setting(
    code="approvals.batch_turnover",
    name="Largest turnover in a batch",
    group=Group.APPROVAL,
    kind=Kind.PERCENT,
    default=Decimal("0.10"),
    least=Decimal(0),
    most=Decimal(1),
    help="A proposal that sells or buys more than this of a household is decided on its own page.",
    read_by="approvals in batches",
)
BATCH_MOST = Setting(
    code="approvals.batch_most",
    name="Most proposals in a batch",
    group=Group.APPROVAL,
    kind=Kind.WHOLE,
    default=25,
    unit="proposals",
    least=Decimal(1),
    most=Decimal(100),
    help="More than a person can take in on one page is no decision.",
    read_by="approvals in batches",
)
BATCH_HELD_OUT = Setting(
    code="approvals.batch_held_out",
    name="Held out of batches",
    group=Group.APPROVAL,
    kind=Kind.WHOLE,
    default=10,
    unit="proposals, one of them",
    least=Decimal(0),
    most=Decimal(100),
    help="One in so many is drawn by lot and has to be read on its own page, whatever it is like; 0 holds none out.",
    read_by="approvals in batches",
)

DWELL_LEAST = Setting(
    code="approvals.dwell_least",
    name="Shortest look before an approval",
    group=Group.APPROVAL,
    kind=Kind.WHOLE,
    default=10,
    unit="seconds",
    least=Decimal(0),
    most=Decimal(3_600),
    help="An approval given sooner after its page was opened, or without its page, stands in compliance's queue. It stops nothing.",
    read_by="compliance's queue",
)

SETTINGS = (BATCH_GAIN, BATCH_TURNOVER, BATCH_MOST, BATCH_HELD_OUT, DWELL_LEAST)
