"""Drift, bands, destinations, cash flows, settlement, cash, location, attribution, performance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ADAPTERS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
