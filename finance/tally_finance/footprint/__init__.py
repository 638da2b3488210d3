"""What consumption means in emissions (碳足迹): exact, with an uncertainty, and every step told."""
