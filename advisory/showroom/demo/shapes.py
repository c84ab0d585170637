"""The kinds of families: who they are, which accounts they own, and who files which return.

Together the shapes have an account of every registration.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal as D

HEAD, SPOUSE, CHILD = 0, 1, 2
"""Places of the people in a family. A family without a spouse keeps the child's place all the same."""


@dataclass(frozen=True, slots=True)
class AccountShape:
    """An account: registration, owner, its share of the household's value, what people call it.

    `second` is a joint owner. `aside` says why the account is measured but not traded, if it is not.
    """

    registration: str
    owner: int
    share: D
    label: str
    second: int | None = None
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of family. `trust` names a return of its own, beside the couple's and the child's."""

    code: str
    accounts: tuple[AccountShape, ...]
    married: bool = False
    child: bool = False
    trust: str = ""


def _of(
    registration: str, owner: int, share: str, label: str, *, second: int | None = None, aside: str = ""
) -> AccountShape:
    return AccountShape(registration, owner, D(share), label, second, aside)


_BY_HAND = "Its tax is worked out by the entity's accountant, so it is traded by hand."

SHAPES: tuple[Shape, ...] = (
    Shape(
        "couple",
        (
            _of("joint", HEAD, "0.50", "Joint brokerage", second=SPOUSE),
            _of("traditional_ira", HEAD, "0.30", "IRA"),
            _of("roth_ira", SPOUSE, "0.20", "Roth IRA"),
        ),
        married=True,
    ),
    Shape(
        "single",
        (
            _of("individual", HEAD, "0.45", "Brokerage"),
            _of("rollover_ira", HEAD, "0.35", "Rollover IRA"),
            _of("roth_ira", HEAD, "0.20", "Roth IRA"),
        ),
    ),
    Shape(
        "employed couple",
        (
            _of("joint", HEAD, "0.40", "Joint brokerage", second=SPOUSE),
            _of("plan_401k", HEAD, "0.35", "401(k), self-directed"),
            _of("roth_ira", SPOUSE, "0.17", "Roth IRA"),
            _of("hsa", HEAD, "0.08", "Health savings"),
        ),
        married=True,
    ),
    Shape(
        "trust",
        (
            _of("revocable_trust", HEAD, "0.60", "Living trust"),
            _of("traditional_ira", HEAD, "0.25", "IRA"),
            _of("inherited_ira", HEAD, "0.15", "Inherited IRA"),
        ),
    ),
    Shape(
        "self-employed",
        (
            _of("individual", HEAD, "0.50", "Brokerage"),
            _of("sep_ira", HEAD, "0.35", "SEP IRA"),
            _of("roth_ira", HEAD, "0.15", "Roth IRA"),
        ),
    ),
    Shape(
        "teacher",
        (
            _of("transfer_on_death", HEAD, "0.45", "Brokerage, transfer on death"),
            _of("plan_403b", HEAD, "0.35", "403(b)"),
            _of("roth_401k", HEAD, "0.20", "Roth 401(k)"),
        ),
    ),
    Shape(
        "community",
        (
            _of("community", HEAD, "0.48", "Community property", second=SPOUSE),
            _of("traditional_ira", HEAD, "0.25", "IRA"),
            _of("traditional_ira", SPOUSE, "0.19", "IRA"),
            _of("education_529", HEAD, "0.08", "College savings"),
        ),
        married=True,
    ),
    Shape(
        "family",
        (
            _of("joint", HEAD, "0.62", "Joint brokerage", second=SPOUSE),
            _of("roth_ira", HEAD, "0.24", "Roth IRA"),
            _of("custodial_minor", CHILD, "0.11", "Custodial account"),
            _of(
                "account_530a",
                CHILD,
                "0.03",
                "530A account",
                aside="Only broad index funds may be held in it.",
            ),
        ),
        married=True,
        child=True,
    ),
    Shape(
        "public service",
        (
            _of("individual", HEAD, "0.40", "Brokerage"),
            _of("plan_457", HEAD, "0.30", "457 plan"),
            _of("inherited_roth_ira", HEAD, "0.18", "Inherited Roth IRA"),
            _of("simple_ira", HEAD, "0.12", "SIMPLE IRA"),
        ),
    ),
    Shape(
        "giving",
        (
            _of("revocable_trust", HEAD, "0.55", "Living trust"),
            _of("traditional_ira", HEAD, "0.25", "IRA"),
            _of("donor_advised_fund", HEAD, "0.12", "Giving fund"),
            _of(
                "annuity",
                HEAD,
                "0.08",
                "Annuity",
                aside="The insurer takes sub-account transfers by form only.",
            ),
        ),
    ),
    Shape(
        "foundation",
        (
            _of("individual", HEAD, "0.45", "Brokerage"),
            _of("private_foundation", HEAD, "0.30", "Family foundation"),
            _of("charity", HEAD, "0.15", "Endowment"),
            _of("roth_ira", HEAD, "0.10", "Roth IRA"),
        ),
    ),
    Shape(
        "business",
        (
            _of("joint", HEAD, "0.55", "Joint brokerage", second=SPOUSE),
            _of("corporation", HEAD, "0.15", "Company reserve", aside=_BY_HAND),
            _of("partnership", SPOUSE, "0.10", "Partnership", aside=_BY_HAND),
            _of("sep_ira", HEAD, "0.20", "SEP IRA"),
        ),
        married=True,
        trust="Holding company",
    ),
    Shape(
        "trust and minor",
        (
            _of("joint", HEAD, "0.45", "Joint brokerage", second=SPOUSE),
            _of("irrevocable_trust", HEAD, "0.30", "Family trust"),
            _of("custodial_minor", CHILD, "0.07", "Custodial account"),
            _of("traditional_ira", SPOUSE, "0.18", "IRA"),
        ),
        married=True,
        child=True,
        trust="Family trust",
    ),
)

TAXABLE_ONLY = Shape(
    "taxable only",
    (
        _of("individual", HEAD, "0.75", "Brokerage"),
        _of("transfer_on_death", HEAD, "0.25", "Brokerage, transfer on death"),
    ),
)
"""Never chosen at random: nothing in it can be traded without tax."""

BY_CODE = {shape.code: shape for shape in (*SHAPES, TAXABLE_ONLY)}
