"""The sources that send their logs here: declared, given a way in, listened for, missed when silent."""
