"""HL7 v2 over MLLP: messages in, kept before they are acknowledged."""
