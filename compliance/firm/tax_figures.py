"""What the wash calendar takes from the firm: how old an account's last file may be."""

from __future__ import annotations

from decimal import Decimal

from compliance.firm.setting import Group, Kind, Setting

FILE_IS_FRESH_FOR = Setting(
    code="taxes.file_is_fresh_for",
    name="Files that the wash calendar trusts",
    group=Group.FILES,
    kind=Kind.WHOLE,
    default=7,
    unit="days",
    least=Decimal(1),
    most=Decimal(60),
    help="An account whose last file is older is shown as not up to date: purchases since then are not seen.",
    read_by="the wash calendar",
)
SETTINGS = (FILE_IS_FRESH_FOR,)
