"""What people read: the cell of an exercise, a student's page, a class."""
