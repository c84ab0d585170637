"""Answers when something is wrong: refusals, outages, error pages, problem documents."""
