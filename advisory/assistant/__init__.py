"""A read-only interface for a firm's assistant: MCP on the standard streams, over our own API, in a process of its own.

It knows neither the database nor the rest of the product: all it has is an address and a token. What the token may not
see is not found here either, and what it reads is on the trail with the token.
"""
