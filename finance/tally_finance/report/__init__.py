"""A site's footprint as a report (碳足迹报告): from verified evidence, a boundary and an inventory sheet to a folder that opens."""
