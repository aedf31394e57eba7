"""What runs our own server: its build context, and the engines that start it."""
