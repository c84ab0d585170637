"""Corporate actions: what they do to lots, who agrees to them, and when they are applied."""
