"""The watch as a service (盯仓服务): book, chain and logs followed at once, alerts kept in the lender's database."""
