"""What all pages have in common: the head of the HTML, and how they ask the server."""
