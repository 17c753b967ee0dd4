"""TEXTBOOK: derivatives as a person would write them, and how they are derived step by step."""
