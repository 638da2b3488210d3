"""The lender's book (贷款账簿): what happened to its loans and goods, and the position that follows from it."""
