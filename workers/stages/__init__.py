"""The stages an event passes: extract, classify, embed, reconcile, upsert; edit and forget for what clients ask."""
