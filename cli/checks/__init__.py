"""What `mneme doctor` looks at, one outside thing a file."""
