"""What a letter is set from: one frozen summary with a line of every kind."""

from __future__ import annotations

from datetime import UTC, datetime

from rebalancing.client_reports.summaries import Change, ClassLine, LeftAlone, Summary, TaxLine

LATE = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
"""Half past ten on Sunday evening in New York; the day after in London."""

SUMMARY = Summary(
    household="Okafor & Reyes #[evil] $x$",
    reference="pr_cvpfstster8y",
    revision=2,
    prices_as_of_on="2026-11-20",
    trade_on="2026-11-23",
    headline="We are moving US stocks from 68.20% to 62.00% of your portfolio.",
    why=(
        "US stocks stand at 68.2%; the policy allows 55.0% to 65.0% around 60.0%.",
        "International stocks stand at 11.4%; the policy allows 12.0% to 18.0% around 15.0%.",
    ),
    classes=(
        ClassLine("US stocks", "0.60", "0.55", "0.65", "0.682", "0.62", True, False),
        ClassLine("International stocks", "0.15", "0.12", "0.18", "0.114", "0.1395", True, False),
        ClassLine("Cash", "0.02", "0.00", "0.04", "0.0035", "0.0045", False, False),
    ),
    changes=(
        Change(
            "Joint Taxable",
            "Sell 310.25 shares of Alder Park Total Market ETF (ALPM)",
            "25564.75",
            "Highest cost.",
        ),
        Change(
            "Rollover IRA",
            "Buy 1,105 shares of Northern Lights Bond ETF (NLBD)",
            "63204.00",
            "Not taxed here.",
        ),
    ),
    taxes=(
        TaxLine(
            "Ngozi Okafor",
            "-1210.40",
            "5420.00",
            "0.00",
            "631.44",
            "We estimate that these trades add $631.44 to your 2026 taxes.",
        ),
    ),
    tax_total="631.44",
    left_alone=(LeftAlone("Joint Taxable", "Selling Helm Maritime", "A gain of $179,970 would be taxed."),),
    next_steps=("Our trading desk sends the orders on or after Nov 23, 2026.",),
    contact="Ana Ferreira",
    prices_are_generated=True,
)
