"""Reads the list of meters that a site keeps (xlsx, csv) and drafts from it what the authority and the edge need."""
