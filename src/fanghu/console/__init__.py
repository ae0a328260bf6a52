"""URL map, navigation, boards and the clause, system and work pages."""
