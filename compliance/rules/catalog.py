"""The whole catalog of pre-trade rules, those in the book and those still to come, as ``docs/rules.md``.

The page is written from here, and a test compares the two, so that the page stays true.
"""

from __future__ import annotations

from compliance.rules import book

PENDING = (
    (
        "PTC-06",
        "Insider or affiliate",
        "BLOCK",
        "Securities Act Rule 144; Exchange Act Rule 10b5-1",
        "CFO of issuer XYZ, sell XYZ inside blackout: BLOCK",
    ),
    (
        "PTC-14",
        "Permitted instrument",
        "BLOCK",
        "IRC 408(m), 529(b); plan documents",
        "Short sale order in an IRA: BLOCK",
    ),
    (
        "PTC-17",
        "Complex product",
        "OVERRIDE",
        "Firm policy; Advisers Act section 206",
        "2x leveraged ETF, no approval: OVERRIDE refused without compliance role",
    ),
    (
        "PTC-20",
        "Good-faith / free-riding",
        "BLOCK",
        "Regulation T, 12 CFR 220.8",
        "ABC bought Monday with unsettled XYZ money, sell ABC Monday: BLOCK until Tuesday",
    ),
    (
        "PTC-26",
        "Fund trading policy",
        "OVERRIDE",
        "Investment Company Act Rule 22c-2",
        "Fund bought 20 days ago, 30-day policy: OVERRIDE",
    ),
    (
        "PTC-37",
        "Buying a distribution",
        "WARN",
        "IRC 852(b)(3)",
        "Record date 2026-12-15, est. 4% of NAV, buy on 2026-12-07: WARN",
    ),
    (
        "PTC-38",
        "Six-month fund loss / dividend holding",
        "WARN",
        "IRC 852(b)(4), 1(h)(11)",
        "Fund held 4 months, 50 of LT distribution, loss 150: 50 becomes long-term: WARN",
    ),
    (
        "PTC-41",
        "Illiquid near the close",
        "BLOCK",
        "Firm policy (best execution)",
        "15:40, ADV 0.4 m USD: BLOCK",
    ),
    (
        "PTC-42",
        "Limit collar",
        "BLOCK",
        "Firm policy; SEC Rule 15c3-5 in spirit",
        "Buy limit 52.10, mid 50.00 (4.2%): BLOCK",
    ),
    (
        "PTC-44",
        "Halt and volatility hold",
        "OVERRIDE / BLOCK",
        "Exchange halt and limit-up-limit-down rules",
        "Trading halt on XYZ: BLOCK",
    ),
    (
        "PTC-45",
        "Principal and cross trades",
        "BLOCK",
        "Advisers Act section 206(3); ERISA section 406",
        "Internal cross between two clients, one ERISA plan: BLOCK",
    ),
)

INTRODUCTION = """# The pre-trade rules

Every proposal is examined three times: when it is built, when somebody decides on it, and again before
anything is sent. A rule answers PASS, WARN (acknowledged and logged), OVERRIDE (a named colleague with the
role accepts it in writing, on exactly these trades, until a date) or BLOCK (nobody may accept it). An input
that is not known counts as failed, never as passed. All figures are the firm's settings; a client's own may
only be stricter. The code of a rule is one file in `compliance/rules/`; the list is `compliance/rules/book.py`.

What trading costs makes the whole smaller, so a class that is left alone weighs a hair more afterwards. PTC-10 blames
a class for lying further outside its range only where the trades moved that class's own dollars the same way; else a
person answers for it. The dollars are compared exactly, without a tolerance.

| Rule | Name | Levels | Stages | Source | Example | State |
|---|---|---|---|---|---|---|
"""


def as_markdown() -> str:
    """The text of ``docs/rules.md``: one row a rule, in the order of the ids."""
    rows = [
        (
            rule.RULE.id,
            rule.RULE.title,
            " / ".join(str(level) for level in rule.RULE.levels),
            ", ".join(rule.RULE.stages),
            rule.RULE.source,
            rule.RULE.example,
            f"in the book, version {rule.RULE.version}",
        )
        for rule in book.RULES
    ]
    rows += [
        (number, title, levels, "", source, example, "pending")
        for number, title, levels, source, example in PENDING
    ]
    return INTRODUCTION + "".join(f"| {' | '.join(row)} |\n" for row in sorted(rows))
