"""Error responses: refusals, outages, error pages, problem documents."""
