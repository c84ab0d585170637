"""What an examiner takes away: a decision explained, and the books and records of a client or a period."""
