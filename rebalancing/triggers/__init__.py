"""What calls for a proposal or holds it back: measures, triggers, due dates, holds."""
