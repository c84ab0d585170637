"""How the API serializes values: figures as decimal text, never as binary fractions."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

CENT = Decimal("0.01")


class Dollars(serializers.DecimalField):
    """A computed amount of dollars: at least two decimals, and every further digit that it has."""

    def to_representation(self, value: Decimal) -> str:
        exponent = value.as_tuple().exponent
        padded = value.quantize(CENT) if isinstance(exponent, int) and exponent > -2 else value
        return f"{padded:f}"


def money(**options: Any) -> serializers.DecimalField:
    """US dollars to the cent: `"1234.50"`."""
    return serializers.DecimalField(max_digits=18, decimal_places=2, read_only=True, **options)


def shares(**options: Any) -> serializers.DecimalField:
    """Shares to a millionth."""
    return serializers.DecimalField(max_digits=20, decimal_places=6, read_only=True, **options)


def price(**options: Any) -> serializers.DecimalField:
    """US dollars a share, to a millionth of a dollar."""
    return serializers.DecimalField(max_digits=18, decimal_places=6, read_only=True, **options)


def weight(**options: Any) -> serializers.DecimalField:
    """A fraction of one, to a hundredth of a basis point."""
    return serializers.DecimalField(max_digits=9, decimal_places=6, read_only=True, **options)


def dollars(**options: Any) -> serializers.DecimalField:
    """Dollars as the engine computed them, not rounded."""
    return Dollars(max_digits=None, decimal_places=None, read_only=True, **options)


def figure(**options: Any) -> serializers.DecimalField:
    """A computed figure with all its digits, not rounded."""
    return serializers.DecimalField(max_digits=None, decimal_places=None, read_only=True, **options)


def words(source: str | None = None, **options: Any) -> serializers.CharField:
    """Read-only text or an id."""
    return serializers.CharField(source=source, read_only=True, **options)
