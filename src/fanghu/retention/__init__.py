"""How long logs are kept, what holds them longer, what is let go and by whose decision, and their archive."""
