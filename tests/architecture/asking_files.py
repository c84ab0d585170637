"""What stands at the addresses of custodians' files and the firm's workbooks, and what is sent there."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

from compliance.people.actors import Actor
from tests.architecture.asking_things import Firm, Make, account
from tests.clock import LAST_FRIDAY, SUNDAY_NOON


def _workbook(firm: Firm) -> Any:
    """A workbook with a longer horizon for the Harts, uploaded by Tom and not confirmed."""
    from clients.models import Workbook
    from tests.factories import workbooks

    signed = {"signed_by_client_on": "2026-11-20", "signed_by_advisor_on": "2026-11-20"}
    policy = firm.harts.policies.latest("version")
    row = {
        "household": firm.harts.code,
        "model": policy.model.model.code,
        "objectives": "Growth.",
        "risk": "Moderate",
    }
    rows = {"policies": [{**row, "horizon_years": 16, **signed}]}
    return Workbook.objects.order_by("-pk").first() or workbooks.received(workbooks.xlsx(rows))


def _load_workbook(firm: Firm) -> None:
    from clients.workbooks import workbooks

    workbook, by = _workbook(firm), Actor.person(firm.tom)
    workbooks.confirm(workbook, seen=workbook.digest, user_id=firm.tom.pk, by=by, at=SUNDAY_NOON)
    workbooks.advance(workbook, by=by, at=SUNDAY_NOON)


def _policies_digest(firm: Firm) -> str:
    from clients.models import Policy
    from clients.workbooks import bulk_adoption

    drafts = Policy.objects.filter(workbook_rows__workbook=_workbook(firm))
    return bulk_adoption.digest_of(bulk_adoption.waiting(drafts))


def _binding(firm: Firm) -> Any:
    from clients.households import bindings

    return bindings.bind(
        custodian="house",
        mask="...001",
        label="",
        account=account(firm),
        user_id=firm.tom.pk,
        by=Actor.person(firm.tom),
        at=SUNDAY_NOON,
    )


def _file_account(firm: Firm) -> int:
    row = firm.file.accounts.first()
    return row.pk if row else 987_654_321


def _disputed_price() -> int:
    from clients.models import Price

    row = Price.objects.filter(standing=Price.Standing.DISPUTED).first()
    return row.pk if row else 987_654_321


def _dispute_a_price(firm: Firm) -> None:
    """A source whose price of the day nobody can believe."""
    from tests.factories.bundles import table
    from tests.factories.households import loaded

    loaded(table("prices", [f"ZUS,{LAST_FRIDAY},1000,schwab"]), name="prices.csv")


def _a_masked_file(firm: Firm) -> None:
    """A custodian's file whose masked number nobody has explained yet."""
    from tests.architecture.sources import PROJECT
    from tests.factories.households import received

    firm.harts.accounts.update(custodian="schwab")
    sample = PROJECT / "docs" / "formats" / "samples" / "schwab-positions.csv"
    object.__setattr__(firm, "file", received(sample.read_bytes(), name=sample.name, user=firm.tom))


def _masked(firm: Firm) -> dict[str, str]:
    row = firm.file.accounts.get()
    return {"mask": row.mask, "label": row.label, "account": account(firm).public_id}


def _upload() -> BytesIO:
    file = BytesIO(b"symbol,on,price,source\nZUB,2026-11-17,47.00,generated\n")
    file.name = "prices.csv"
    return file


OBJECTS: tuple[tuple[str, str, Make], ...] = (
    ("accounts/", "binding", lambda firm: _binding(firm).pk),
    (
        "tax-profiles/",
        "public_id",
        lambda firm: firm.harts.tax_units.order_by("pk")[0].profiles.get().public_id,
    ),
    ("custodian-files/", "public_id", lambda firm: firm.file.public_id),
    ("imports/", "public_id", lambda firm: firm.file.public_id),
    ("imports/", "price", lambda firm: _disputed_price()),
    ("disputed-prices/", "price", lambda firm: _disputed_price()),
    ("workbooks/", "public_id", lambda firm: _workbook(firm).public_id),
)


BEFORE: dict[str, Callable[[Firm], None]] = {
    "api:file-bind": _a_masked_file,
    "clients:workbook_policies": _load_workbook,
    "clients:import_bind": _a_masked_file,
    "clients:binding_list": _a_masked_file,
    "clients:price_decide": _dispute_a_price,
    "api:disputed-price-decide": _dispute_a_price,
}


BODIES: dict[str, Make] = {
    "api:file-upload": lambda firm: {"file": _upload()},
    "api:file-bind": _masked,
    "api:workbook-upload": lambda firm: {"file": _upload()},
    "api:workbook-load": lambda firm: {"preview": _workbook(firm).digest},
    "clients:workbook_list": lambda firm: {"workbook": _upload()},
    "clients:workbook_load": lambda firm: {"seen": _workbook(firm).digest},
    "clients:workbook_policies": lambda firm: {"seen": _policies_digest(firm)},
    "api:disputed-price-decide": lambda firm: {"accept": False, "reason": "A slipped decimal."},
    "clients:import_upload": lambda firm: {"uploads": _upload()},
    "clients:price_decide": lambda firm: {"decision": "reject", "reason": "A slipped decimal."},
    "clients:binding_list": lambda firm: {f"row-{_file_account(firm)}": account(firm).public_id},
    "clients:fund_policy_file": lambda firm: {
        "rows": "symbol,holding_days\nZUS,30\n",
        "source": "Prospectus",
    },
    "clients:halt_file": lambda firm: {
        "rows": "symbol,kind,starts_at,ends_at\nZUS,halt,2026-11-20 15:00,2026-11-20 15:10\n",
        "source": "The exchange's notice",
    },
    "clients:volatility_level_file": lambda firm: {
        "rows": "market_on,level\n2026-11-18,18.25\n",
        "source": "A screen",
    },
    "clients:quote_file": lambda firm: {
        "rows": "symbol,quoted_at,bid,ask\nZUS,2026-11-20 15:00,99,101\n",
        "source": "Desk",
    },
    "clients:account_bind": lambda firm: {"mask": "...001"},
    "clients:account_unbind": lambda firm: {"reason": "The other one."},
}
