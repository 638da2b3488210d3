"""A site's footprint as a report (碳足迹报告): from evidence and sheets to a folder that opens and verifies."""
