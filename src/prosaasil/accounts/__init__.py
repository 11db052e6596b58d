"""Accounts: the people who use the dashboard, their businesses, and their sign-in sessions."""
