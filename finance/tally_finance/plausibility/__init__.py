"""What verified readings say when they are held beside one another: balances, ratios, the same thing in two places."""
