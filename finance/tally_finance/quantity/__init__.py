"""The attested quantity (见证量) of goods in store: what weighings and stocktakes support."""
