"""The lender's pages: book, receipts, plans, alerts, prices, closes; and what keeper, depositor and inspector see."""
