"""The pipeline's doors in the browser, by noun."""
