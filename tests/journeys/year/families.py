"""The families of the year: four come by workbook, one is opened by hand; and what each holds at its custodian."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.journeys.year.custodians import Book, Custodians
from tests.journeys.year.market import THE_YEAR, Market

Rows = dict[str, list[dict[str, Any]]]
ANNA, BEN = "0010000001", "0010000002"
BROOKS, BERTS_IRA = "0020000001", "0020000002"
COLES, DORAS_IRA, CARLS = "0030000001", "0030000002", "0030000003"
DUNNS_IRA, DUNNS, DUNNS_NEW = "0040000001", "0040000002", "70031417"
EVAS, EVAS_IRA = "60024526", "0050000002"
SINCE = "2020-01-02"
CONFIRMED = "2026-02-16"
LONG_AGO, LAST_YEAR = date(2019, 5, 6), date(2025, 11, 17)


def workbook() -> Rows:
    """Four families with their accounts and signed policies, as the firm's spreadsheet has them."""
    return all_of(
        family("adler", "Adler", [("Anna Adler", "head", 1988), ("Ben Brandt", "other", 1986)],
                units=[("anna", "single", "Anna Adler"), ("ben", "single", "Ben Brandt")],
                accounts=[(ANNA, "Anna's account", "Anna Adler", None, "individual"),
                          (BEN, "Ben's account", "Ben Brandt", None, "individual")]),
        family("brook", "Brook", [("Bert Brook", "head", 1955), ("Clara Brook", "spouse", 1957)],
                units=[("joint", "mfj", "Bert Brook; Clara Brook")], harvests="yes",
                accounts=[(BROOKS, "The Brooks' account", "Bert Brook", "Clara Brook", "joint"),
                          (BERTS_IRA, "Bert's IRA", "Bert Brook", None, "traditional_ira")]),
        family("cole", "Cole", [("Carl Cole", "head", 1975), ("Dora Cole", "spouse", 1978)], advisor="otto",
                units=[("joint", "mfj", "Carl Cole; Dora Cole")],
                accounts=[(COLES, "The Coles' account", "Carl Cole", "Dora Cole", "joint"),
                          (DORAS_IRA, "Dora's IRA", "Dora Cole", None, "traditional_ira"),
                          (CARLS, "Carl's account", "Carl Cole", None, "individual")]),
        family("dunn", "Dunn", [("Dan Dunn", "head", 1951)], units=[("dan", "single", "Dan Dunn")], advisor="otto",
                harvests="yes",
                accounts=[(DUNNS_IRA, "Dan's IRA", "Dan Dunn", None, "traditional_ira"),
                          (DUNNS, "Dan's account", "Dan Dunn", None, "individual")]),
    )  # fmt: skip


def all_of(*families: Rows) -> Rows:
    """The rows of these families, and the targets that their policies share."""
    rows: Rows = {}
    for one in families:
        for sheet, some in one.items():
            rows.setdefault(sheet, []).extend(some)
    rows["policy_templates"] = [
        _band("us_stock", "36%", "5%"),
        _band("intl_stock", "18%", "4%"),
        _band("emerging_stock", "6%", "3%"),
        _band("us_bond", "30%", "5%"),
        _band("tips", "8%", "3%"),
        {
            "template": "sixty",
            "asset_class": "cash",
            "target": "2%",
            "band": "asymmetric",
            "low": "0%",
            "high": "6%",
        },
    ]
    return rows


def _band(asset_class: str, target: str, points: str) -> dict[str, Any]:
    return {
        "template": "sixty", "asset_class": asset_class, "target": target, "band": "absolute", "points": points,
    }  # fmt: skip


def family(
    code: str,
    name: str,
    people: list[tuple[str, str, int]],
    *,
    units: list[tuple[str, str, str]],
    accounts: list[tuple[str, str, str, str | None, str]],
    advisor: str = "ana",
    harvests: str = "no",
    profile: dict[str, Any] | None = None,
    policy: dict[str, Any] | None = None,
) -> Rows:
    """One family: people with their part and year of birth, tax units, accounts; `profile` and `policy` are what differs."""
    spouses = [who for who, part, _ in people if part in {"head", "spouse"}]
    of = {"household": code}
    return {
        "households": [{**of, "name": name, "opened_on": SINCE, "profile_confirmed_on": CONFIRMED}],
        "people": [
            {**of, "given_name": who.split()[0], "family_name": who.split()[1], "part": part, "born_on": f"{year}-05-04",
             "spouse": spouses[1] if part == "head" and len(spouses) == 2 else None}
            for who, part, year in people
        ],
        "tax_units": [
            {**of, "tax_unit": unit, "name": members.replace("; ", " and "), "filing_status": status, "state": "CO",
             "members": members}
            for unit, status, members in units
        ],
        "tax_profiles": [
            {**of, "tax_unit": unit, "tax_year": 2026, "confirmed_on": CONFIRMED, "wages": 150000,
             "qualified_dividends": 3000, "state_rate": "4.4%", "gain_budget": 60000, **(profile or {})}
            for unit, _, _ in units
        ],
        "books": [
            {**of, "colleague": f"{who}@firm.example", "part": part, "starts_on": SINCE}
            for who, part in ((advisor, "advisor"), ("rui", "reviewer"))
        ],
        "accounts": [
            {**of, "account": number, "label": label, "owner": owner, "joint_owner": second, "registration": how,
             "custodian": "house", "discretion": "full", "agreement_on": SINCE, "margin": "no", "lot_method": "fifo"}
            for number, label, owner, second, how in accounts
        ],
        "policies": [
            {**of, "template": "sixty", "model": "example-60-40", "follows": "model", "objectives": "Growth with some income.",
             "risk": "Moderate", "horizon_years": 12, "harvests_losses": harvests, "reviewed_on": CONFIRMED,
             "next_review_on": "2027-02-16", "signed_by_client_on": CONFIRMED, "signed_by_advisor_on": CONFIRMED,
             "minimum_trade": 500, **(policy or {})}
        ],
    }  # fmt: skip


def fill(at: Custodians) -> None:
    """What every account holds on the first day: most lie near their targets, the Coles far off them."""
    # Five hundred thousand each, taxable and sheltered together.
    near_target(at.opens(ANNA, cash=6_000), 300)
    near_target(at.opens(BEN, cash=4_000), 200)
    near_target(at.opens(BROOKS, cash=7_000), 400)
    near_target(at.opens(BERTS_IRA, cash=3_000, taxable=False), 200)
    at.opens(COLES, cash=5_000).holds("VTI", 2500, since=LONG_AGO, cost=70).holds(
        "BND", 400, since=LONG_AGO, cost=80
    )
    at.opens(DORAS_IRA, cash=2_000, taxable=False).holds("BND", 1400, since=LONG_AGO, cost=80)
    at.opens(CARLS, cash=2_000).holds("VEA", 800, since=LAST_YEAR, cost=58).holds(
        "SCHP", 600, since=LAST_YEAR, cost=50
    )
    near_target(at.opens(DUNNS_IRA, cash=9_000, taxable=False), 300)
    near_target(at.opens(DUNNS, cash=4_000), 200)
    at.opens(EVAS, cash=30_000, custodian="schwab").holds("VTI", 1500, since=LONG_AGO, cost=80).holds(
        "BND", 500, since=LONG_AGO, cost=79
    )
    at.opens(EVAS_IRA, cash=5_000, taxable=False).holds("BND", 1000, since=LONG_AGO, cost=80)


WEIGHTS = {"VTI": 0.36, "VEA": 0.18, "VWO": 0.06, "BND": 0.30, "SCHP": 0.08}
"""The model's own."""


def near_target(
    book: Book,
    thousands: int,
    *,
    abroad: float = 57,
    abroad_since: date = LAST_YEAR,
    home_since: date = LONG_AGO,
    weights: dict[str, float] = WEIGHTS,
    at: Market = THE_YEAR,
) -> None:
    """These weights at the prices of the first day, bought long ago; stocks abroad bought later."""
    for symbol, since, cost in (
        ("VTI", home_since, 75),
        ("VEA", abroad_since, abroad),
        ("VWO", abroad_since, abroad * 0.66),
        ("BND", LONG_AGO, 74),
        ("SCHP", LONG_AGO, 48),
    ):
        if not weights[symbol]:
            continue
        paid = float(at.price(symbol, at.days[0]))
        book.holds(
            symbol, round(thousands * 1_000 * weights[symbol] / paid), since=since, cost=round(cost, 2)
        )
