"""PURE and seeded. Whole calls in virtual time, and checkers that share no code with the core."""
