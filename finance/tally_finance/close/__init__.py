"""The monthly close (月结): a lender's book at a month's end as known at one time, signed, told, and computed again."""
