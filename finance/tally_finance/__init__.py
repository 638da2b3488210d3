"""What readers use: warehouse receipts, footprints and the portal."""
