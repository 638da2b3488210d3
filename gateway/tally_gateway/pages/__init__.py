"""The kit of all pages: words in two languages, templates, static files, who visits, what is let in."""
