"""False alarms: how often two clean sides are told apart, counted per network × configuration."""
