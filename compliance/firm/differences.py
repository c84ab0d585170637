"""What a version of the settings changed, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from compliance.firm.catalog import BY_CODE
from compliance.firm.firm_settings import folded, texts_of
from compliance.firm.setting import Setting
from compliance.models import SettingVersion


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that a version changed, with its value before and after in words."""

    setting: Setting[Any]
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.setting.name}: {self.before} → {self.after}"


def of(version: SettingVersion, versions: Iterable[SettingVersion]) -> tuple[Difference, ...]:
    """What a version changed on the day it took effect, compared with the versions that were adopted before it."""
    before = folded((one for one in versions if one.number < version.number), on=version.effective_on)
    return tuple(
        Difference(
            BY_CODE[code], before.shown(BY_CODE[code]), BY_CODE[code].shown(BY_CODE[code].of_text(text))
        )
        for code, text in texts_of(version).items()
        if code in BY_CODE
    )
