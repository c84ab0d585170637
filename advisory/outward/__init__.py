"""What leaves the firm for other programs: webhooks, signed, by ids alone."""
