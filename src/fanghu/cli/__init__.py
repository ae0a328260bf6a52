"""The command line of Fanghu and the processes it starts."""
