"""Pages of tests that stand for rooms which use a piece of the kit."""
