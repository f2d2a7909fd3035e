"""What stands where a foreign form says nothing and a pin set must say something."""

NO_BACKUP = "the file that it was read from names one pin alone"
EXEMPT = "the file that it was read from names it without pins"
