"""Reviews, findings, objections, consents and approvals: every four-eyes decision of the firm."""
