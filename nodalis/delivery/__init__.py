"""Reports on their way to a FHIR server: sent, sent again, or given up with a reason."""
