"""Who may sign in: accounts, their kinds, states, roles and passwords."""
