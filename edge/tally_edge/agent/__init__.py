"""The agent: reads meters, signs what they say, and sees to its delivery."""
