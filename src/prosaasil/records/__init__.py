"""Records: live and finished calls, what was said in them, and the workers that serve them."""
