"""The network and everything that needs torch: preprocessing, training, evaluation, export."""
