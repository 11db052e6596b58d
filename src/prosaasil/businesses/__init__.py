"""Businesses: who the platform works for, and how each of them wants to sound."""
