"""What no template may hold: the content security policy forbids it, or it lets a name become markup."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted((PROJECT / "templates").rglob("*.html"))
SOURCES = [
    path
    for app in ("advisory", "clients", "compliance", "rebalancing")
    for path in sorted((PROJECT / app).rglob("*.py"))
]

FORBIDDEN = {
    "inline style": re.compile(r"""<style\b|\sstyle\s*=""", re.IGNORECASE),
    "inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.IGNORECASE),
    "event attribute": re.compile(r"""<[^>]*\s(?:on[a-z]+|hx-on[:\w-]*)\s*=""", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
    "unescaped text": re.compile(r"\|\s*safe\b|\bsafeseq\b|autoescape\s+off"),
    "foreign address": re.compile(r"""(?:src|href|action)=["']https?://""", re.IGNORECASE),
}


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_no_template_holds_what_the_policy_forbids(kind: str) -> None:
    found = {
        str(path.relative_to(PROJECT)): FORBIDDEN[kind].findall(path.read_text(encoding="utf-8"))
        for path in TEMPLATES
    }
    assert {path: hits for path, hits in found.items() if hits} == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("inline style", '<p style="color:red">'),
        ("inline script", "<script>alert(1)</script>"),
        ("event attribute", '<button class="x" onclick="go()">'),
        ("event attribute", '<div hx-on:click="go()">'),
        ("script address", '<a href="javascript:go()">'),
        ("unescaped text", "{{ page.name|safe }}"),
        ("foreign address", '<script src="https://cdn.example/x.js">'),
    ],
)
def test_the_search_finds_what_it_looks_for(kind: str, text: str) -> None:
    assert FORBIDDEN[kind].search(text)


def test_no_code_declares_a_text_safe() -> None:
    marked = re.compile(r"\bmark_safe\b|\bSafeString\(|\bSafeText\(")

    assert [str(path) for path in SOURCES if marked.search(path.read_text(encoding="utf-8"))] == []


def test_no_script_keeps_client_data_in_the_browser_or_builds_markup_from_text() -> None:
    risky = re.compile(
        r"localStorage|sessionStorage|indexedDB|innerHTML|outerHTML|insertAdjacentHTML|\beval\("
    )

    scripts = sorted((PROJECT / "static" / "js").glob("*.js"))
    assert len(scripts) >= 3
    assert [path.name for path in scripts if risky.search(path.read_text(encoding="utf-8"))] == []
