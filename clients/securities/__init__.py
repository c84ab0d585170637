"""Securities, asset classes, prices, and what people decided about them."""
