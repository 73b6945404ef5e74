"""Other people's spellings: one package a dialect, each all we know of it, both ways, without HTTP."""
