"""docs/settings.md: every setting of the firm with its default and bounds, and what reads it."""

from __future__ import annotations

from typing import Any

from compliance.firm import catalog
from compliance.firm.rule_figures import FIXED
from compliance.firm.setting import Group, Setting

INTRODUCTION = """# Firm settings

What the firm decides about itself, drawn from the code with `./evenkeel draw settings`. The page `/settings/` shows what is in
force and what is scheduled, `/settings/versions/` who asked for each change, who approved it, and why. An administrator or
compliance proposes a change from a day on; a second one decides about it under Reviews. A firm with nobody else who could
decide acts alone, and the record says so. A version is never changed; a change that is not yet in effect can be taken back.

On a day, the version with the latest effective day counts for each setting it names. A proposal is planned and examined with
the settings of its trade day; what was used stands in its stored document and in its findings. Programs read a day with
`GET /api/v1/settings/?on=2027-01-04` and propose at `/api/v1/settings/GROUP/change/`; there, percent are typed as percent.

A setting is declared in the module of its subject in `compliance/firm/`; code reads it with
`compliance.firm.firm_settings.in_force` for a day that it is told.
"""

HEAD = """
| Setting | Code | As shipped | What may be set | What it does | Read by |
|---|---|---|---|---|---|
"""


def as_markdown() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for group in Group:
        parts.append(f"\n## {group.label}\n{HEAD}")
        parts.extend(map(_row, catalog.in_group(group)))
        if group is Group.RULES:
            parts.extend(f"\n`{name}` is no setting: {why}\n" for name, why in FIXED.items())
    return "".join(parts)


def _row(setting: Setting[Any]) -> str:
    shown = "the installation's" if setting.from_env else setting.shown(setting.default)
    cells = (setting.name, setting.code, shown, setting.bounds, setting.help, setting.read_by)
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n"
