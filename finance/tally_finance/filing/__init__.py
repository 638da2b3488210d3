"""What is filed with a movables registry (登记): text that follows from the chain, and whether a filed text fits it."""
