"""Phone numbers: which business a dialled number belongs to."""
