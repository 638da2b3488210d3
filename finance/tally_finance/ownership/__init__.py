"""Whether the goods are the borrower's (权属): the ownership pack, circular trades, and the search for other claims."""
