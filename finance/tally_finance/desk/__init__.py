"""A lender's desk (信贷台): what chain, evidence and prices say goes into its book, and nothing is signed untested."""
