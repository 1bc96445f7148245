"""What `nodalis doctor` looks at; each check is a function of the settings that gives findings."""
