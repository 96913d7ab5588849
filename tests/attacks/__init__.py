"""The twelve attacks on what is released: an attacker written apart, who gets only what leaves."""
