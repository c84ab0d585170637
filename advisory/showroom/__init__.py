"""What shows the product: the demonstration firm and the style guide."""
