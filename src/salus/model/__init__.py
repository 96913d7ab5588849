"""Frozen types in the field's words; nothing here reads or writes."""
