"""The API of this floor, and the conventions shared by every endpoint of the product's API."""
