"""After a run: one line for every example of the golden file."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = sorted(
        str(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == "golden"
    )
    if lines:
        terminalreporter.section("golden examples")
        for line in lines:
            terminalreporter.write_line(line)
