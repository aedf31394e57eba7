"""The fault catalogue: known ways in which one step goes another way than the reference's."""
