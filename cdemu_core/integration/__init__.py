"""How the programs become part of a system: service, rule, policy and desktop files, put in and taken out."""
