"""Images in: folders → samples, checks, bytes → RGB."""
