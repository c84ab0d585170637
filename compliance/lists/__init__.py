"""One kit for every list: filters and order from the address, pages of fifty, and the filtered rows as a file."""
