"""The compliance rules: `RULES` by rule id (`PTC-01`), `ADAPTERS` for whole areas next to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

RULES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}

ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
