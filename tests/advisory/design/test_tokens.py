"""The colors: legible in both themes, stated once, and all of them in use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = Path(__file__).resolve().parents[3] / "static" / "css"
TOKENS = CSS / "tokens.css"
PAIR = re.compile(r"--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)")
COLORS = {name: (day, night) for name, day, night in PAIR.findall(TOKENS.read_text(encoding="utf-8"))}

GROUNDS = ("paper", "surface", "surface-sunk", "surface-hover")
TEXT_ON = {
    **dict.fromkeys(("ink", "ink-soft", "ink-quiet"), GROUNDS),
    "action": (*GROUNDS, "action-soft"),
    "action-hover": (*GROUNDS, "action-soft"),
    "action-ink": ("action", "action-hover"),
    "attention": ("paper", "surface", "surface-sunk", "attention-soft"),
    "breach": ("paper", "surface", "surface-hover", "breach-soft"),
    "order": ("surface", "order-soft"),
    "before": ("surface",),
    "after": ("surface",),
}
MARKS_ON = {
    "attention-mark": ("paper", "surface"),
    "breach-mark": ("paper", "surface"),
    "order-mark": ("paper", "surface"),
    "band-edge": ("surface",),
    "before": ("surface", "surface-hover", "band"),
    "after": ("surface", "surface-hover", "band"),
    "ink": ("band",),
    "line-strong": ("surface", "paper"),
    "focus": GROUNDS,
    "action": ("surface-sunk",),
}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two sRGB colors."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: str) -> float:
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_ratio_is_that_of_the_standard() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("least", "front", "ground"),
    [(4.5, front, ground) for front, grounds in TEXT_ON.items() for ground in grounds]
    + [(3.0, front, ground) for front, grounds in MARKS_ON.items() for ground in grounds],
)
def test_text_and_marks_stand_out_from_their_ground(
    theme: int, least: float, front: str, ground: str
) -> None:
    assert contrast(COLORS[front][theme], COLORS[ground][theme]) >= least


def test_raw_colors_are_stated_in_the_tokens_only() -> None:
    raw = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(|\boklch\(", re.IGNORECASE)

    found = {
        path.name: raw.findall(path.read_text(encoding="utf-8"))
        for path in CSS.rglob("*.css")
        if path != TOKENS
    }
    assert {name: values for name, values in found.items() if values} == {}


def test_every_token_that_is_used_exists_and_every_token_is_used() -> None:
    sheets = "\n".join(path.read_text(encoding="utf-8") for path in sorted(CSS.rglob("*.css")))

    defined = set(re.findall(r"^\s*(--[\w-]+):", sheets, re.MULTILINE))
    used = set(re.findall(r"var\((--[\w-]+)", sheets))
    assert used == defined
