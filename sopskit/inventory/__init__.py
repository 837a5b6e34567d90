"""The domain: hosts, rules and secret files held together, and the plan as their difference."""
