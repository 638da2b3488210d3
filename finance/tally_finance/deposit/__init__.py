"""A site's monthly data deposit (月度存证): days that add up to the month, months to the year, signed."""
