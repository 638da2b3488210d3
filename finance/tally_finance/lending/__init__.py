"""The lender's arithmetic (贷款人的计算): value, coverage, interest, prices and the order of payments. No IO."""
