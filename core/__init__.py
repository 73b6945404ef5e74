"""The doors to the outside, one for each outside thing; no rule about memories lives here."""
