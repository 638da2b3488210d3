"""The verifier in JavaScript, in Debian's Chromium."""
