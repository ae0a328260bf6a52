"""Work without a person: jobs named by each app, claimed as rows and run by one keeper process."""
