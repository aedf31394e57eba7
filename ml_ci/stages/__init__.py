"""One short module per DVC stage: load, call one function, save."""
