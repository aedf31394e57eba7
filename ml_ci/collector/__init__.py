"""What runs on a device: one file that needs numpy and Pillow alone."""
