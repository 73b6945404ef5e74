"""Memory Layer: memories word for word, searched by cosine, for the end users of one account; chat over them; keys over HTTP."""
