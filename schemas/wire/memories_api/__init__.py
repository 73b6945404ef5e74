"""The Memories API: conversations in, pages of memories out. One memory's GET, PATCH and DELETE are our addition."""
