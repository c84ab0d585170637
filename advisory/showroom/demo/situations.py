"""The situations of the demonstration firm's households, and how many households have each.

A household inside its bands is the usual case, so the remaining households get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a household shows. `tilt` multiplies the weights of classes away from their targets.

    `style` selects the history of its lots (see `lot_histories`); `shape` and `model` are fixed where the
    situation needs them; `feed` is the custodian whose own file brings the first account's holdings.
    """

    code: str
    title: str
    shows: str
    count: int = 1
    tilt: Mapping[str, str] = field(default_factory=dict)
    style: str = "mixed"
    shape: str = ""
    model: str = ""
    feed: str = ""


STOCKS_UP = {"us_stock": "1.28", "us_bond": "0.74"}
STOCKS_UP_MUCH = {"us_stock": "1.38", "us_bond": "0.62", "intl_stock": "1.02"}
ABROAD_DOWN = {"intl_stock": "0.58", "us_stock": "1.16"}

INSIDE = Situation(
    code="inside",
    title="Inside its bands",
    shows="The usual case: measured, every class inside its band, nothing proposed.",
    count=0,
)

SITUATIONS: tuple[Situation, ...] = (
    Situation(
        code="out_of_band", title="Stocks above their band", count=2, tilt=STOCKS_UP, model="balanced",
        shows="A simple proposal: stocks above their band, sold where it costs the least tax.",
    ),
    Situation(
        code="abroad_low", title="International stocks below their band", count=1, tilt=ABROAD_DOWN,
        model="growth", shows="A proposal that buys the underweight class.",
    ),
    Situation(
        code="embedded_gains", title="Large embedded gains", count=2, tilt=STOCKS_UP, style="old",
        shape="couple", model="balanced",
        shows="Old low-cost lots: sales are made in the IRA, and the taxable account is not traded.",
    ),
    Situation(
        code="tax_exceeds", title="Tax exceeds the benefit", count=2,
        tilt={"us_stock": "1.25", "us_bond": "0.92"}, style="old", shape="taxable only", model="balanced",
        shows="Slightly out of band, and selling would cost more tax than it is worth: nothing is done.",
    ),
    Situation(
        code="losses", title="Losses to harvest", count=2, style="losses", shape="self-employed",
        model="balanced", shows="Gains of the spring and lots below cost: each loss is swapped for its replacement.",
    ),
    Situation(
        code="withdrawal_due", title="Withdrawal due", count=2, shape="trust", model="income",
        shows="Money is due out and not available yet: cash is raised from overweight classes.",
    ),
    Situation(
        code="contribution", title="Recent contribution", count=1, tilt={"cash": "6"}, shape="single",
        model="balanced", shows="New cash is invested in underweight classes: it buys more than it sells.",
    ),
    Situation(
        code="life_event", title="Life event", count=2, tilt=STOCKS_UP, shape="couple", model="balanced",
        shows="Out of band, but held: the policy is being reviewed for the new situation first.",
    ),
    Situation(
        code="restricted", title="Restricted and legacy holdings", count=1, tilt=STOCKS_UP,
        style="legacy", shape="couple", model="balanced",
        shows="A family holding that must not be sold, and an industry that must not be bought.",
    ),
    Situation(
        code="unreconciled", title="Unreconciled account", count=1, tilt=STOCKS_UP, shape="single",
        model="balanced", feed="fidelity",
        shows="A custodian file shows more shares than the lots on record: that account is not traded.",
    ),
    Situation(
        code="missing_basis", title="Missing cost basis", count=1, tilt=STOCKS_UP, style="missing_basis",
        shape="single", model="balanced",
        shows="Transferred lots without a basis: unknown, never zero, and not sold.",
    ),
    Situation(
        code="non_discretionary", title="Client decides each proposal", count=2, tilt=STOCKS_UP,
        shape="single", model="balanced",
        shows="No discretion: nothing is approved before the client has said yes.",
    ),
    Situation(
        code="wash_trap", title="Wash sale across spouses", count=1, tilt={"intl_stock": "1.34"},
        style="wash_trap", shape="couple", model="balanced",
        shows="A loss in the joint account, and the spouse's Roth IRA bought the same fund days ago.",
    ),
    Situation(
        code="nearly_long", title="Lot ten days from long-term", count=1, tilt=STOCKS_UP,
        style="nearly_long", shape="self-employed", model="balanced",
        shows="A gain that becomes long-term in ten days is worth waiting for.",
    ),
    Situation(
        code="hold", title="Hold placed", count=2, tilt=STOCKS_UP, model="balanced",
        shows="Trading is on hold, with a reason and an end date.",
    ),
    Situation(
        code="no_policy", title="No policy yet", count=1, shows="New client: the policy is a draft, nothing is measured.",
    ),
    Situation(
        code="no_profile", title="Tax profile missing", count=1, tilt=STOCKS_UP, shape="single",
        model="balanced",
        shows="This year's tax figures were never confirmed: only its retirement accounts are traded.",
    ),
    Situation(
        code="review_overdue", title="Policy review overdue", count=1, tilt=STOCKS_UP, model="balanced",
        shape="teacher", shows="Out of band, and the policy was last reviewed too long ago.",
    ),
    Situation(
        code="account_level", title="Each account by itself", count=1, tilt=STOCKS_UP, shape="teacher",
        model="esg", shows="The owners did not agree to pooling: bands apply to each account.",
    ),
    Situation(
        code="trust_and_minor", title="Trust and minor with their own returns", count=1, tilt=STOCKS_UP,
        shape="trust and minor", model="balanced",
        shows="Three returns in one household, each with its own brackets and gains.",
    ),
    Situation(
        code="gain_budget", title="Gain budget nearly used", count=1, tilt=STOCKS_UP, style="old",
        shape="trust", model="balanced", shows="Gains taken earlier this year leave little room.",
    ),
    Situation(
        code="carryforward", title="Losses carried forward", count=1, tilt=STOCKS_UP, style="old",
        shape="single", model="balanced", shows="Old losses make this year's gains free of tax.",
    ),
    Situation(
        code="direct", title="Direct indexing with losses",
        tilt=STOCKS_UP, count=1, style="losses", shape="employed couple",
        model="direct", shows="Single companies, some far below cost: losses pay for bringing stocks back into their band.",
    ),
    Situation(
        code="inherited", title="Inherited and given shares", count=1, style="inherited", shape="trust",
        model="growth", shows="Basis from the day of death or from the donor.",
    ),
    Situation(
        code="schwab", title="Fed by Schwab's own files", count=1, shape="single", model="conservative",
        feed="schwab", shows="Positions and lot details of a masked account, bound once by a person.",
    ),
    Situation(
        code="fidelity", title="Fed by Fidelity's own file", count=1, shape="couple", model="conservative",
        feed="fidelity", shows="Positions without lots, compared with the lots on record.",
    ),
    Situation(
        code="ibkr", title="Fed by Interactive Brokers' Flex file", count=1, shape="self-employed",
        model="growth", feed="ibkr", shows="Positions and lots with the custodian's own lot ids.",
    ),
    Situation(
        code="ofx", title="Fed by an OFX statement", count=1, shape="public service", model="esg",
        feed="ofx", shows="A statement in Open Financial Exchange format.",
    ),
)  # fmt: skip

BY_CODE = {one.code: one for one in (INSIDE, *SITUATIONS)}
